// `sdx profile`: what the networks of an experiment cost, beside the paper's numbers; no weights are needed.
import { loadExperiment } from '../../config/load.ts';
import { engineOverrides } from '../../engine/engine-options.ts';
import { ExitCode } from '../../errors.ts';
import { paperSpeedup } from '../../report/paper.ts';
import { formatBytes, formatMacs, formatParams, formatRatio } from '../../report/table/number-format.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { profileNetworks, type ProfiledNetwork } from '../../runner/profile-networks.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import type { ProfileOptions } from '../options.ts';
import { plainScreen, textTable } from '../../report/formats/text-table.ts';
import { wrapParagraph } from '../../report/formats/wrap-text.ts';

export async function profileCommand(
  experiment: string,
  overrides: readonly string[],
  options: ProfileOptions,
  io: Io,
): Promise<number> {
  const { config } = await loadExperiment(experiment, [...overrides, ...engineOverrides(options)]);
  const networks = await profileNetworks(
    config,
    options.throughput
      ? { engine: lazyEngine(await askedEngine(config, {}, io)), batch: options.batch, signal: io.signal }
      : undefined,
  );
  io.stdout.write(
    options.json ? `${JSON.stringify(networks, null, 2)}\n` : profileText(networks, options, io.screen),
  );
  return ExitCode.ok;
}

function profileText(
  models: readonly ProfiledNetwork[],
  options: ProfileOptions,
  screen = plainScreen,
): string {
  const teacher = models.find(({ role }) => role === 'teacher');
  const ratio = (count: number, whole: number | undefined): string =>
    whole === undefined || whole === count ? '' : formatRatio(whole / count);
  const columns: readonly (readonly [string, (model: ProfiledNetwork) => string])[] = [
    ['model', ({ model }) => model],
    ['#Param', ({ params }) => formatParams(params)],
    ['exactly', ({ params }) => String(params)],
    ['smaller', ({ params }) => ratio(params, teacher?.params)],
    ['MACs', ({ macs }) => formatMacs(macs)],
    ['fewer', ({ macs }) => ratio(macs, teacher?.macs)],
    ['attention MACs', ({ attentionMacs }) => formatMacs(attentionMacs)],
    ['activations', ({ activationBytes }) => formatBytes(activationBytes)],
    ...(models.some(({ paper }) => paper)
      ? ([
          ['paper', ({ paper }: ProfiledNetwork) => (paper ? `${paper.params} / ${paper.macs}` : '–')],
        ] as const)
      : []),
    ...(options.throughput
      ? ([
          [
            'time steps/s',
            ({ throughput }: ProfiledNetwork) =>
              throughput ? `${throughput.mean.toFixed(2)} ± ${throughput.sd.toFixed(2)}` : '',
          ],
          [
            'faster',
            ({ throughput }: ProfiledNetwork) =>
              throughput && teacher?.throughput ? formatRatio(throughput.mean / teacher.throughput.mean) : '',
          ],
        ] as const)
      : []),
  ];
  const table = textTable(
    columns.map(([title]) => title),
    models.map((model) => columns.map(([, cell]) => cell(model))),
    screen,
  );
  const notes = [
    'MACs: multiply-adds of convolutions and linear layers for one time step of one sample, biases included (the ' +
      "paper's convention); products of attention stand apart. Activations: the peak memory of that step besides the " +
      'weights.',
    ...(options.throughput
      ? [
          `Time steps of a batch of ${options.batch} per second, mean ± sd of ${throughputRuns(models)} runs; the paper ` +
            `gives SD over LDM ${paperSpeedup.cpu}× (CPU) and ${paperSpeedup.gpu}× (GPU), Fig. 6.`,
        ]
      : []),
  ];
  return `${table}\n${notes.map((note) => wrapParagraph(note, screen.width)).join('')}`;
}

function throughputRuns(models: readonly ProfiledNetwork[]): number {
  return models[0]?.throughput?.runs ?? 0;
}
