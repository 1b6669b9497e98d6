// The smoke profile: any experiment made small enough to run all of its stages within minutes, on whatever images are
// at hand. It shows that the pipeline fits together, and nothing about quality.
import type { Experiment } from './types.generated.ts';

/** Smallest side at which the deepest networks of the paper (factor 8, five resolutions) still have pixels. */
const imageSize = 128;
/** Images of a data set that makes as many as it is asked for. */
const imagesDrawn = 64;
const training = '{steps: 4, batchSize: 2, learningRate: 1.0e-3}';

/** Overrides that shrink `config`: sizes, steps, counts, and small networks trained here in place of checkpoints. */
export function smokeOverrides(config: Experiment): string[] {
  const { autoencoder, conditioning, evaluate, students } = config;
  return [
    `name=${config.name}-smoke`,
    ...dataset('dataset', config.dataset),
    ...(evaluate.dataset ? dataset('evaluate.dataset', evaluate.dataset) : []),
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
    'teacher.unet.modelChannels=64',
    'teacher.unet.numResBlocks=1',
    'teacher.checkpoint=null',
    `teacher.train=${training}`,
    ...Object.keys(students).map((name) => `students.${name}.modelChannels=32`),
    'distill.steps=4',
    'distill.batchSize=2',
    'sample.steps=4',
    'sample.count=4',
    'sample.batchSize=2',
    'evaluate.extractor={kind: nsfwjs, inputSize: 75}',
    'evaluate.referenceCount=8',
    'evaluate.batchSize=4',
  ];
}

function dataset(key: string, config: Experiment['dataset']): string[] {
  return [
    `${key}.size=${imageSize}`,
    ...('published' in config ? [`${key}.published=null`] : []),
    ...('count' in config ? [`${key}.count=${imagesDrawn}`] : []),
  ];
}
