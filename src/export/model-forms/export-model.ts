// A model with everything that makes images of its noise, opened for the forms that hold it whole.
import type { Experiment } from '../../config/types.generated.ts';
import type { HostTensors } from '../../engine/engine.ts';
import type { TrainedPipeline } from '../../runner/trained-pipeline.ts';
import { loadComponent } from '../../weights/load-component.ts';
import {
  autoencoderComponent,
  clipComponent,
  embedderComponent,
  unetComponent,
  withPrefix,
  type NetworkComponent,
} from '../../weights/network-components.ts';
import type { Precision } from '../onnx/weights.ts';
import { openStoredWeights, type ReadParam, type StoredWeights, type WeightsSet } from '../stored-weights.ts';

/** A network of the model and its weights. */
export interface ModelPart {
  readonly component: NetworkComponent;
  readonly read: ReadParam;
}

export interface WholeModel {
  readonly config: Experiment;
  readonly trained: TrainedPipeline;
  /** Which weights `unet` and what was trained with it have. */
  readonly weights: WeightsSet;
  readonly unet: ModelPart;
  /** Absent where diffusion works on pixels. */
  readonly autoencoder?: ModelPart;
  /** The class table or text encoder; absent where the model is unconditional. */
  readonly embedder?: ModelPart;
}

export interface ModelRequest {
  readonly output: string;
  readonly allowContrib: boolean;
  /** What weights are stored as. */
  readonly precision: Precision;
}

/** Writes a whole model; the files that were written. Throws UserError('usage') where the form cannot hold it. */
export type ModelWriter = (model: WholeModel, request: ModelRequest) => Promise<string[]>;

export interface ExportModelOptions extends ModelRequest {
  readonly config: Experiment;
  readonly weights: WeightsSet;
  readonly writer: ModelWriter;
}

/** Writes the model by `writer`; the files that were written. Throws as the writer does. */
export async function exportModel(
  trained: TrainedPipeline,
  { config, weights, writer, ...request }: ExportModelOptions,
): Promise<string[]> {
  const { params } = trained;
  const opened: StoredWeights[] = [];
  const open = async (folder: string, set: WeightsSet): Promise<ReadParam> => {
    const stored = await openStoredWeights(folder, set);
    opened.push(stored);
    return stored.read;
  };
  try {
    const read = await open(trained.model.dir, weights);
    // Samples are decoded by averaged weights, whatever those of the model are.
    const decoded = trained.autoencoder && (await open(trained.autoencoder.dir, 'ema'));
    const embedder = embedderOf(params.conditioning, read);
    return await writer(
      {
        config,
        trained,
        weights,
        unet: { component: unetComponent(params.unet), read },
        ...(params.network &&
          decoded && { autoencoder: { component: autoencoderComponent(params.network), read: decoded } }),
        ...(embedder && { embedder }),
      },
      request,
    );
  } finally {
    for (const { close } of opened) await close();
  }
}

/** What makes context of conditions: among the weights of the model, or CLIP's text encoder in its own file. */
function embedderOf(
  conditioning: TrainedPipeline['params']['conditioning'],
  read: ReadParam,
): ModelPart | undefined {
  if (conditioning === undefined) return undefined;
  const { network, textEncoder } = conditioning;
  if (network.kind !== 'text' || textEncoder?.kind !== 'clip')
    return { component: embedderComponent(network), read };
  const { path, prefix = '', ema } = textEncoder.checkpoint;
  const component = clipComponent(network.encoder);
  let weights: Promise<HostTensors> | undefined;
  return {
    component,
    read: async (name) => {
      weights ??= loadComponent(withPrefix(component, { prefix }), path, ema);
      return (await weights)[name]!.data as Float32Array;
    },
  };
}
