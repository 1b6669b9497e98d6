// Batches that cannot be divided evenly: into parts (`microBatch`), or among processes (`distributed: mpi`).
import { issueAt, dotted, type Issue, type Path } from './problem.ts';
import type { Experiment } from './types.generated.ts';

interface Batches {
  readonly batchSize: number;
  readonly microBatch?: number | 'auto';
}

/** The trainings of an experiment: where their settings stand, and what they say of batches. */
function trainings({ autoencoder, teacher, distill }: Experiment): [Path, Batches][] {
  const found: [Path, Batches | undefined][] = [
    [['autoencoder', 'train'], autoencoder.kind === 'none' ? undefined : autoencoder.train],
    [['teacher', 'train'], teacher.train],
    [['distill'], distill],
  ];
  return found.flatMap(([path, batches]) => (batches === undefined ? [] : [[path, batches]]));
}

/** Parts that do not make up a batch. */
export function wrongMicroBatches(config: Experiment): Issue[] {
  return trainings(config)
    .filter(
      ([, { batchSize, microBatch = batchSize }]) => microBatch !== 'auto' && batchSize % microBatch !== 0,
    )
    .map(([path, { batchSize, microBatch }]) =>
      issueAt(
        [...path, 'microBatch'],
        `: batches of ${batchSize} cannot be divided into parts of ${microBatch}`,
      ),
    );
}

/** Parts that nobody can choose: their memory is predicted for the onnx engine, and a GPU does not tell how much it has. */
export function undecidableMicroBatches(config: Experiment): Issue[] {
  const { engine, device, memory } = config;
  const problem =
    engine !== 'onnx'
      ? `: memory is predicted for the engine onnx, not for ${engine}; set a number`
      : device !== 'cpu' && memory === undefined
        ? `: the memory of ${device} is not known; set memory to its GiB, or a number here`
        : undefined;
  if (problem === undefined) return [];
  return trainings(config)
    .filter(([, { microBatch }]) => microBatch === 'auto')
    .map(([path]) => issueAt([...path, 'microBatch'], problem));
}

/**
 * `teacher.train.batchSize 6: not divisible by 4 ranks`, or what is wrong with parts of each rank's share; undefined where
 * all batches can be shared.
 */
export function unevenBatches(config: Experiment, ranks: number): string | undefined {
  const told = (uneven: [Path, Batches][], key: keyof Batches): string =>
    uneven.map(([path, batches]) => `${dotted([...path, key])} ${batches[key]}`).join(', ');
  const uneven = trainings(config).filter(([, { batchSize }]) => batchSize % ranks !== 0);
  if (uneven.length > 0) return `${told(uneven, 'batchSize')}: not divisible by ${ranks} ranks`;
  const parts = trainings(config).filter(
    ([, { batchSize, microBatch }]) =>
      typeof microBatch === 'number' &&
      microBatch < batchSize / ranks &&
      (batchSize / ranks) % microBatch !== 0,
  );
  return parts.length === 0
    ? undefined
    : `${told(parts, 'microBatch')}: does not divide the share of each of ${ranks} ranks`;
}
