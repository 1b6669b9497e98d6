// A model that a run has trained or loaded with everything that makes images of its noise: its autoencoder, the scale of
// its latents, its schedule, its prediction, its conditions and its settings. The plan's own sampling of the model says
// what they are, so what leaves sdx is what `sdx sample` runs.
import { UserError } from '../errors.ts';
import { nodesOf, type PlanNode } from '../plan/plan.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { evaluate } from '../stages/kinds/evaluate/describe.ts';
import { latents } from '../stages/kinds/latents/describe.ts';
import { quantize, type QuantizeSummary } from '../stages/kinds/quantize/describe.ts';
import { sample } from '../stages/kinds/sample/describe.ts';
import type { SampleParams } from '../stages/describing/sampling-settings.ts';
import type { StoredArtifact } from '../store/store.ts';
import { holdArtifacts, type Held, type HeldArtifactsOptions } from './held-artifacts.ts';
import { notTrained } from './trained-model.ts';

export interface TrainedPipeline extends Held {
  /** How the model is sampled: `unet`, `network` (the autoencoder), `conditioning`, `diffusion`, `sample`. */
  readonly params: SampleParams;
  /** Seed of the noise that samples start from. */
  readonly seed: number;
  /** The UNet, and the embedder that was trained with it. */
  readonly model: StoredArtifact;
  /** Absent where diffusion works on pixels. */
  readonly autoencoder?: StoredArtifact;
  /** How the model computes on integers; absent where it is sampled in float32. */
  readonly int8?: QuantizeSummary;
  /** What latents are multiplied by; 1 where they are pixels. */
  readonly scaleFactor: number;
  /** What tells of the model without being part of it, where it is stored: its images and its scores. Not checked. */
  readonly told: { readonly dataset?: StoredArtifact; readonly evaluation?: StoredArtifact };
}

export interface TrainedPipelineOptions extends HeldArtifactsOptions {
  /** `teacher`, or the name of a student. */
  readonly model: string;
}

/**
 * Throws UserError('usage') for a name that is no model's, UserError('input') where a part of the model is not in the
 * store or is damaged, and as preparePlan does.
 */
export function trainedPipeline(options: TrainedPipelineOptions): Promise<TrainedPipeline> {
  const { model: name, hint } = options;
  return holdArtifacts(options, async ({ nodes }, sound) => {
    const samplings = nodesOf(nodes, sample);
    const sampling = samplings.find((node) => node.name === name);
    if (sampling === undefined)
      throw new UserError('usage', `the experiment has no model ${name} that makes images`, {
        hint: `it has ${samplings.map((node) => node.name).join(', ')}`,
      });
    const input = (slot: keyof typeof sample.inputs): PlanNode | undefined =>
      nodes.find(({ id }) => id === sampling.inputs[slot]);
    const model = await sound(input('model'));
    if (model === undefined) throw notTrained(name, hint);
    const encoded = await sound(input('latents'));
    if (encoded === undefined)
      throw new UserError(
        'input',
        'the scale of the latents is not known yet: latents are not in the store',
        {
          hint,
        },
      );
    const first = input('autoencoder');
    const autoencoder = await sound(first);
    if (first !== undefined && autoencoder === undefined) throw notTrained(first.name, hint);
    const quantization = input('quantized');
    const quantized = await sound(quantization);
    if (quantization !== undefined && quantized === undefined)
      throw new UserError('input', `the model ${name} is not quantized yet`, { hint });
    const stored = async (node: PlanNode | undefined): Promise<StoredArtifact | undefined> =>
      node && options.store.find(node.key);
    const images = await stored(nodes.find(({ id }) => id === 'dataset'));
    const evaluation = await stored(nodesOf(nodes, evaluate).find((node) => node.name === name));
    const { params, seed } = sampling;
    return {
      params,
      seed,
      model,
      ...(autoencoder && { autoencoder }),
      ...(quantized && { int8: summaryOf(quantize, quantized) }),
      scaleFactor: summaryOf(latents, encoded).scaleFactor,
      told: { ...(images && { dataset: images }), ...(evaluation && { evaluation }) },
    };
  });
}
