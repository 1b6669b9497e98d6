// The smoke profile: any experiment made small enough to run all of its stages within minutes, on whatever images are
// at hand. It shows that the pipeline fits together, and nothing about quality.
import type { Experiment } from './types.generated.ts';

/** Images of a data set that makes as many as it is asked for. */
const imagesDrawn = 64;
const training = '{steps: 2, batchSize: 2, learningRate: 1.0e-3}';

/** Smallest side at which every resolution of the networks has pixels: 32 for factor 4 and four resolutions. */
function imageSize({ autoencoder, teacher }: Experiment): number {
  const factor = autoencoder.kind === 'none' ? 1 : 2 ** (autoencoder.channelMult.length - 1);
  return Math.max(32, factor * 2 ** (teacher.unet.channelMult.length - 1));
}

/** Overrides that shrink `config`: sizes, steps, counts, and small networks trained here in place of checkpoints. */
export function smokeOverrides(config: Experiment): string[] {
  const { autoencoder, conditioning, evaluate, students, teacher } = config;
  const size = imageSize(config);
  return [
    `name=${config.name}-smoke`,
    ...dataset('dataset', config.dataset, size),
    ...(evaluate.dataset ? dataset('evaluate.dataset', evaluate.dataset, size) : []),
    ...(autoencoder.kind === 'none'
      ? []
      : [
          'autoencoder.channels=32',
          'autoencoder.numResBlocks=1',
          'autoencoder.checkpoint=null',
          `autoencoder.train=${training}`,
          ...(autoencoder.kind === 'vq' ? ['autoencoder.codes=64'] : []),
          ...(autoencoder.scaleFactor === 'checkpoint' ? ['autoencoder.scaleFactor=auto'] : []),
        ]),
    ...(conditioning.kind === 'class' ? ['conditioning.width=32'] : []),
    ...(conditioning.kind === 'text' ? ['conditioning.encoder={kind: words, width: 32}'] : []),
    'teacher.unet.modelChannels=32',
    ...(takesBlocks(students) ? [] : ['teacher.unet.numResBlocks=1']),
    'teacher.checkpoint=null',
    `teacher.train=${training}`,
    ...Object.entries(students).flatMap(([name, { modelChannels }]) =>
      modelChannels === undefined ? [] : [`students.${name}.modelChannels=32`],
    ),
    'distill.steps=2',
    'distill.batchSize=2',
    'sample.steps=2',
    ...ownSteps('teacher', teacher),
    ...Object.entries(students).flatMap(([name, student]) => ownSteps(`students.${name}`, student)),
    'sample.count=4',
    'sample.batchSize=2',
    'evaluate.extractor={kind: nsfwjs, inputSize: 75}',
    'evaluate.referenceCount=8',
    'evaluate.batchSize=4',
  ];
}

/** The same for what figures measure of samplers. */
export const smokeFigures: readonly string[] = ['figures.samplerImages=2', 'figures.samplerReference=4'];

/** Whether a student takes blocks out of levels, which then have to have more than one. */
function takesBlocks(students: Experiment['students']): boolean {
  return Object.values(students).some(({ blocks }) => blocks === 'base');
}

/** As few steps for a model that has its own. */
function ownSteps(key: string, { sample }: Pick<Experiment['teacher'], 'sample'>): string[] {
  return sample?.steps === undefined ? [] : [`${key}.sample.steps=2`];
}

function dataset(key: string, config: Experiment['dataset'], size: number): string[] {
  return [
    `${key}.size=${size}`,
    ...('published' in config ? [`${key}.published=null`] : []),
    ...('list' in config ? [`${key}.list=null`] : []),
    ...('count' in config ? [`${key}.count=${imagesDrawn}`] : []),
  ];
}
