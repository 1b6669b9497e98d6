// What the networks of an experiment cost, beside the numbers that the paper prints. No weights are needed: sizes follow
// from the configuration, and speed, where it is asked for, is measured on random ones.
import { networksOf } from '../config/networks.ts';
import type { Experiment } from '../config/types.generated.ts';
import type { Engine } from '../engine/engine.ts';
import { idsPerSample } from '../models/conditioner/conditioner-config.ts';
import { paperModel, paperRow } from '../report/paper.ts';
import type { PaperDataset } from '../results/manifest.ts';
import { unetCost, type TracedCost } from '../stages/networks/traced-cost.ts';
import { measureThroughput, type Throughput } from '../stages/networks/throughput.ts';

export interface ProfiledNetwork extends TracedCost {
  readonly model: string;
  readonly role: 'teacher' | 'student';
  /** What the paper prints for such a model. */
  readonly paper?: { readonly params: string; readonly macs: string };
  readonly throughput?: Throughput;
}

/** How throughput is measured. */
export interface ThroughputOptions {
  readonly engine: () => Promise<Engine>;
  /** Samples in a time step. */
  readonly batch: number;
  readonly signal: AbortSignal;
}

/** The teacher, then the students in their order. Throws InterruptedError where the signal stops a measurement. */
export async function profileNetworks(
  config: Experiment,
  throughput?: ThroughputOptions,
): Promise<ProfiledNetwork[]> {
  const { teacher, students, conditioner } = networksOf(config);
  const contextTokens = conditioner && idsPerSample(conditioner);
  const models = [
    { model: 'teacher', role: 'teacher' as const, unet: teacher },
    ...Object.entries(students).map(([model, unet]) => ({ model, role: 'student' as const, unet })),
  ];
  const profiled: ProfiledNetwork[] = [];
  for (const { model, role, unet } of models) {
    const paper = config.paper && printedCost(config.paper, role, unet.waveletGating);
    profiled.push({
      model,
      role,
      ...unetCost(unet, contextTokens),
      ...(paper && { paper }),
      ...(throughput && {
        throughput: await measureThroughput(
          await throughput.engine(),
          unet,
          throughput.batch,
          throughput.signal,
          contextTokens,
        ),
      }),
    });
  }
  return profiled;
}

function printedCost(
  dataset: PaperDataset,
  role: ProfiledNetwork['role'],
  waveletGating: boolean,
): ProfiledNetwork['paper'] {
  const row = paperRow(dataset, paperModel({ role, waveletGating }));
  return row?.params === undefined || row.macs === undefined
    ? undefined
    : { params: row.params, macs: row.macs };
}
