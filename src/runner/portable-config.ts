// The resolved configuration as it goes into results: paths relative to the YAML file, so that results tell nothing
// about the machine and are the same on every one.
import path from 'node:path';
import type { Experiment } from '../config/types.generated.ts';

/** `config` with its paths relative to `folder`, with `/`. */
export function portableConfig(config: Experiment, folder: string): Experiment {
  const relative = (target: string): string => path.relative(folder, target).split(path.sep).join('/') || '.';
  const withPath = <T extends { readonly path: string }>(value: T): T => ({
    ...value,
    path: relative(value.path),
  });
  const { dataset, autoencoder, teacher, evaluate } = config;
  const { extractor } = evaluate;
  return {
    ...config,
    dataset: 'path' in dataset ? withPath(dataset) : dataset,
    autoencoder:
      autoencoder.kind === 'kl' && autoencoder.checkpoint
        ? { ...autoencoder, checkpoint: withPath(autoencoder.checkpoint) }
        : autoencoder,
    teacher: teacher.checkpoint ? { ...teacher, checkpoint: withPath(teacher.checkpoint) } : teacher,
    evaluate: {
      ...evaluate,
      extractor:
        extractor.kind === 'nsfwjs' ? extractor : { ...extractor, weights: relative(extractor.weights) },
    },
  };
}
