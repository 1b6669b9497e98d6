// Fig. 6: multiply-adds of the networks, and how many time steps a second they make on this machine. What is counted is the
// same everywhere; what is timed goes to files of its own, which are not for version control.
import { formatMacs, formatParams, formatRatio } from '../report/table/number-format.ts';
import type { Figure } from '../report/figure.ts';
import { paperSpeedup } from '../report/paper.ts';
import { costTimePlot } from '../report/plots/throughput-plot.ts';
import { textCell } from '../report/table/cells.ts';
import { profileNetworks, type ProfiledNetwork } from '../runner/profile-networks.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { numberTable } from './number-table.ts';

export const throughput: ExperimentFigure = {
  id: '6',
  shows: 'multiply-adds of the networks, and time steps per second on this machine',
  needs: 'experiment',
  reads: [],
  make: draw,
};

async function draw({ config, models, engine, signal }: Measured): Promise<Figure> {
  const batch = config.figures.throughputBatch;
  const all = await profileNetworks(config, { engine, batch, signal });
  const networks = all.filter(({ model }) => models.includes(model));
  return {
    id: '6',
    title: 'cost and speed',
    about:
      `Multiply-adds of one time step of one sample, by the paper's convention. The time of a step of ${batch} samples at once is ` +
      `the mean of ${networks[0]!.throughput!.runs} runs with random weights. The paper gives SD over LDM ${paperSpeedup.cpu} times the ` +
      `steps per second on a CPU and ${paperSpeedup.gpu} times on a GPU, with ${paperSpeedup.macRatio} times fewer multiply-adds.`,
    plots: [],
    tables: [{ name: '', table: costs(config.name, networks) }],
    timed: {
      svg: costTimePlot(
        networks.map(({ model, role, macs, throughput }) => ({ model, role, macs, ...throughput! })),
      ),
      table: speeds(config.name, networks),
      caption:
        'Time of a step of the batch against multiply-adds, measured on this machine; on the dashed line, time would be proportional to them.',
    },
  };
}

function costs(experiment: string, networks: readonly ProfiledNetwork[]): ReturnType<typeof numberTable> {
  const teacher = networks.find(({ role }) => role === 'teacher');
  const table = numberTable(
    `${experiment}: cost`,
    ['model', 'params', 'macs', 'attention_macs', 'fewer_macs'],
    [],
  );
  return {
    ...table,
    rows: networks.map(({ model, params, macs, attentionMacs }) => [
      textCell(model),
      { text: formatParams(params), value: params },
      { text: formatMacs(macs), value: macs },
      { text: formatMacs(attentionMacs), value: attentionMacs },
      teacher === undefined
        ? { text: '–', value: null }
        : { text: formatRatio(teacher.macs / macs), value: Number((teacher.macs / macs).toPrecision(6)) },
    ]),
  };
}

function speeds(experiment: string, networks: readonly ProfiledNetwork[]): ReturnType<typeof numberTable> {
  const teacher = networks.find(({ role }) => role === 'teacher')?.throughput;
  return numberTable(
    `${experiment}: speed`,
    ['model', 'macs', 'batch', 'runs', 'steps_per_second', 'sd', 'faster'],
    networks.map(({ model, macs, throughput }) => {
      const { batch, runs, mean, sd } = throughput!;
      return [model, macs, batch, runs, mean, sd, teacher && mean / teacher.mean];
    }),
  );
}
