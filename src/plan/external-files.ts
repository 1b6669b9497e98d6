// The files and folders outside the experiment whose contents decide results: checkpoints, extractor weights
// and reference statistics.
import type { Experiment } from '../config/types.generated.ts';

/** Their paths as the configuration gives them, without repeats. */
export function externalFiles(config: Experiment): string[] {
  const { autoencoder, conditioning, teacher, evaluate } = config;
  const encoder = conditioning.kind === 'text' ? conditioning.encoder : undefined;
  const paths = [
    autoencoder.kind === 'none' ? undefined : autoencoder.checkpoint?.path,
    encoder?.kind === 'clip' ? encoder.checkpoint.path : undefined,
    encoder?.kind === 'clip' ? encoder.vocabulary : undefined,
    teacher.checkpoint?.path,
    evaluate.extractor.kind === 'nsfwjs' ? undefined : evaluate.extractor.weights,
    evaluate.referenceStats,
  ];
  return [...new Set(paths.filter((path) => path !== undefined))];
}
