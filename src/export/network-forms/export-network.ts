// One network of an experiment, from the artifact store, in the forms of other programs.
import type { Experiment } from '../../config/types.generated.ts';
import type { Int8Layers } from '../../engine/layer-treatment.ts';
import type { ExperimentNetwork } from '../experiment-networks.ts';
import type { Precision } from '../onnx/weights.ts';
import { openStoredWeights, type ReadParam, type StoredWeights } from '../stored-weights.ts';

export interface NetworkRequest {
  readonly config: Experiment;
  readonly output: string;
  readonly allowContrib: boolean;
  /** What weights are stored as. */
  readonly precision: Precision;
  /** The layers that compute on integers, of the precision int8. */
  readonly layers?: Int8Layers | undefined;
  /** What latents are multiplied by, where it is known. */
  readonly scaleFactor?: number | undefined;
}

/**
 * Writes a network by its weights; `readAveraged` is given where averaged ones are to stand beside those as trained. The
 * files that were written. Throws UserError('usage') where the form cannot hold the network.
 */
export type NetworkWriter = (
  network: ExperimentNetwork,
  read: ReadParam,
  request: NetworkRequest & { readonly weights: ExportNetworkOptions['weights'] },
  readAveraged?: ReadParam,
) => Promise<string[]>;

export interface ExportNetworkOptions extends NetworkRequest {
  readonly weights: 'ema' | 'raw' | 'both';
  readonly writer: NetworkWriter;
}

/** Writes `network`, whose artifact lies in `folder`; the files that were written. Throws as the writer does. */
export async function exportNetwork(
  folder: string,
  network: ExperimentNetwork,
  { writer, ...request }: ExportNetworkOptions,
): Promise<string[]> {
  const opened: StoredWeights[] = [];
  try {
    const { weights } = request;
    const sets = weights === 'both' ? (['raw', 'ema'] as const) : [weights];
    for (const set of sets) opened.push(await openStoredWeights(folder, set));
    const [main, averaged] = opened;
    return await writer(network, main!.read, request, averaged?.read);
  } finally {
    for (const { close } of opened) await close();
  }
}
