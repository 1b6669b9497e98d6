// `sdx profile`: what the networks of an experiment cost, beside the paper's numbers; no weights are needed.
import { networksOf } from '../../config/networks.ts';
import { loadExperiment } from '../../config/load.ts';
import { ExitCode } from '../../errors.ts';
import { idsPerSample } from '../../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { formatMacs, formatParams, formatRatio } from '../../report/table/number-format.ts';
import { paperRow, paperSpeedup } from '../../report/paper.ts';
import type { PaperDataset } from '../../results/manifest.ts';
import { engineOptions, engineOverrides } from '../../engine/engine-options.ts';
import { selectEngine } from '../../engine/select-engine.ts';
import { unetCost, type NetworkCost } from '../../stages/networks/network-cost.ts';
import { measureThroughput, type Throughput } from '../../stages/networks/throughput.ts';
import type { Io } from '../io.ts';
import type { ProfileOptions } from '../options.ts';
import { formatBytes } from '../quantities.ts';
import { textTable } from '../text-table.ts';

interface Profiled extends NetworkCost {
  readonly model: string;
  readonly role: 'teacher' | 'student';
  readonly unet: UNetConfig;
  readonly paper?: { readonly params: string; readonly macs: string };
  readonly throughput?: Throughput;
}

export async function profileCommand(
  experiment: string,
  overrides: readonly string[],
  options: ProfileOptions,
  io: Io,
): Promise<number> {
  const { config } = await loadExperiment(experiment, [...overrides, ...engineOverrides(options)]);
  const { teacher, students, conditioner } = networksOf(config);
  const models = [
    { model: 'teacher', role: 'teacher' as const, unet: teacher },
    ...Object.entries(students).map(([model, unet]) => ({ model, role: 'student' as const, unet })),
  ];
  const profiled: Profiled[] = [];
  for (const entry of models) {
    const paper = config.paper && printedCost(config.paper, entry);
    profiled.push({
      ...entry,
      ...unetCost(entry.unet, conditioner && idsPerSample(conditioner)),
      ...(paper && { paper }),
      ...(options.throughput && {
        throughput: await measureThroughput(
          await selectEngine(engineOptions(config)),
          entry.unet,
          options.batch,
          io.signal,
          conditioner && idsPerSample(conditioner),
        ),
      }),
    });
  }
  io.stdout.write(
    options.json
      ? `${JSON.stringify(profiled.map(withoutNetwork), null, 2)}\n`
      : profileText(profiled, options),
  );
  return ExitCode.ok;
}

function withoutNetwork(profiled: Profiled): Omit<Profiled, 'unet'> {
  const { model, role, params, macs, attentionMacs, activationBytes, paper, throughput } = profiled;
  return {
    model,
    role,
    params,
    macs,
    attentionMacs,
    activationBytes,
    ...(paper && { paper }),
    ...(throughput && { throughput }),
  };
}

/** What the paper prints for such a model. */
function printedCost(
  dataset: PaperDataset,
  { role, unet }: Pick<Profiled, 'role' | 'unet'>,
): Profiled['paper'] {
  const name = role === 'teacher' ? 'LDM' : unet.waveletGating ? 'SD' : 'Lite-LDM';
  const row = paperRow(dataset, name);
  return row?.params === undefined || row.macs === undefined
    ? undefined
    : { params: row.params, macs: row.macs };
}

function profileText(models: readonly Profiled[], options: ProfileOptions): string {
  const teacher = models.find(({ role }) => role === 'teacher');
  const ratio = (count: number, whole: number | undefined): string =>
    whole === undefined || whole === count ? '' : formatRatio(whole / count);
  const columns: readonly (readonly [string, (model: Profiled) => string])[] = [
    ['model', ({ model }) => model],
    ['#Param', ({ params }) => formatParams(params)],
    ['exactly', ({ params }) => String(params)],
    ['smaller', ({ params }) => ratio(params, teacher?.params)],
    ['MACs', ({ macs }) => formatMacs(macs)],
    ['fewer', ({ macs }) => ratio(macs, teacher?.macs)],
    ['attention MACs', ({ attentionMacs }) => formatMacs(attentionMacs)],
    ['activations', ({ activationBytes }) => formatBytes(activationBytes)],
    ...(models.some(({ paper }) => paper)
      ? ([['paper', ({ paper }: Profiled) => (paper ? `${paper.params} / ${paper.macs}` : '–')]] as const)
      : []),
    ...(options.throughput
      ? ([
          [
            'time steps/s',
            ({ throughput }: Profiled) =>
              throughput ? `${throughput.mean.toFixed(2)} ± ${throughput.sd.toFixed(2)}` : '',
          ],
          [
            'faster',
            ({ throughput }: Profiled) =>
              throughput && teacher?.throughput ? formatRatio(throughput.mean / teacher.throughput.mean) : '',
          ],
        ] as const)
      : []),
  ];
  const table = textTable(
    columns.map(([title]) => title),
    models.map((model) => columns.map(([, cell]) => cell(model))),
  );
  const notes = [
    'MACs: multiply-adds of convolutions and linear layers for one time step of one sample, biases included (the',
    "paper's convention); products of attention stand apart. Activations: the peak memory of that step besides the",
    'weights.',
    ...(options.throughput
      ? [
          `Time steps of a batch of ${options.batch} per second, mean ± sd of ${throughputRuns(models)} runs; the paper`,
          `gives SD over LDM ${paperSpeedup.cpu}× (CPU) and ${paperSpeedup.gpu}× (GPU), Fig. 6.`,
        ]
      : []),
  ];
  return `${table}\n${notes.join('\n')}\n`;
}

function throughputRuns(models: readonly Profiled[]): number {
  return models[0]?.throughput?.runs ?? 0;
}
