// The files and folders outside the experiment whose contents decide results: checkpoints and extractor weights.
import type { Experiment } from '../config/types.generated.ts';

/** Their paths as the configuration gives them, without repeats. */
export function externalFiles(config: Experiment): string[] {
  const { autoencoder, teacher, evaluate } = config;
  const paths = [
    autoencoder.kind === 'kl' ? autoencoder.checkpoint?.path : undefined,
    teacher.checkpoint?.path,
    evaluate.extractor.kind === 'nsfwjs' ? undefined : evaluate.extractor.weights,
  ];
  return [...new Set(paths.filter((path) => path !== undefined))];
}
