// What a model's pipeline is made of: which class samples it, and its components. Classes of diffusers and transformers
// where they can hold a network, ours (own-networks.ts, python/) where they cannot.
import path from 'node:path';
import { InvariantError, UserError } from '../../errors.ts';
import { countParams } from '../../models/init-params.ts';
import { diffusersConfig, type JsonConfig } from '../../weights/diffusers/diffusers-config.ts';
import { writeDiffusers } from '../../weights/diffusers/diffusers-writer.ts';
import type { DiffusersNetwork } from '../../weights/diffusers/names.ts';
import type { ModelPart, WholeModel } from '../model-forms/export-model.ts';
import { clipTokenizer } from './clip-tokenizer.ts';
import { writeJson, type Component } from './component.ts';
import { classEmbedder, spectralUnet } from './own-networks.ts';
import { ddimSchedulerConfig } from './scheduler-config.ts';

/** Classes of diffusers that sample as `sdx sample` does, and ours for the models that none of them can. */
export type PipelineClass = 'DDIMPipeline' | 'LDMPipeline' | 'StableDiffusionPipeline' | 'SdxPipeline';

export function pipelineClassOf({ trained, unet }: WholeModel): PipelineClass {
  const { conditioning, network, sample } = trained.params;
  if (conditioning === undefined) return network === undefined ? 'DDIMPipeline' : 'LDMPipeline';
  const latentsOfKl = network !== undefined && network.codes === undefined;
  const isStable =
    conditioning.textEncoder?.kind === 'clip' &&
    latentsOfKl &&
    sample.guidanceScale >= 1 && // less is no guidance there
    isHeldByDiffusers(unet.component.diffusers); // it asks for settings that UNets of ours do not have
  return isStable ? 'StableDiffusionPipeline' : 'SdxPipeline';
}

/** The components of the model. Throws UserError('usage') for a part that neither diffusers nor ours can hold. */
export function componentsOf(model: WholeModel): Component[] {
  const { trained, unet, autoencoder, embedder } = model;
  const { params, scaleFactor } = trained;
  const scheduler = ddimSchedulerConfig(params.diffusion, params.sample);
  const decoder = pipelineClassOf(model) === 'LDMPipeline' ? 'vqvae' : 'vae'; // as the classes call it, KL or VQ
  return [
    isHeldByDiffusers(unet.component.diffusers)
      ? diffusersComponent('unet', unet)
      : spectralUnet(params.unet, unet),
    {
      name: 'scheduler',
      library: 'diffusers',
      className: classNameOf(scheduler),
      write: (folder) => writeJson(path.join(folder, 'scheduler_config.json'), scheduler),
    },
    ...(autoencoder ? [diffusersComponent(decoder, autoencoder, scaleFactor)] : []),
    ...(embedder ? embedderComponents(params.conditioning!, embedder) : []),
  ];
}

function embedderComponents(
  { network, textEncoder }: NonNullable<WholeModel['trained']['params']['conditioning']>,
  embedder: ModelPart,
): Component[] {
  if (network.kind === 'class') return [classEmbedder(network, embedder)];
  return [
    diffusersComponent('text_encoder', embedder),
    ...(textEncoder?.kind === 'clip' ? [clipTokenizer(textEncoder.vocabulary, network.encoder)] : []),
  ];
}

function isHeldByDiffusers(network: DiffusersNetwork | undefined): boolean {
  if (network === undefined) return false;
  try {
    diffusersConfig(network);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'usage') return false;
    throw error;
  }
}

/** A network that diffusers or transformers have. Throws UserError('usage') where they cannot describe it. */
function diffusersComponent(name: string, { component, read }: ModelPart, scaleFactor?: number): Component {
  const network = component.diffusers!;
  return {
    name,
    library: network.kind === 'text' ? 'transformers' : 'diffusers',
    className: classNameOf(diffusersConfig(network, scaleFactor)),
    parameters: countParams(component.specs),
    write: (folder) => writeDiffusers(folder, network, read, { scaleFactor }),
  };
}

/** As diffusers' config.json names the class, or transformers'. */
function classNameOf({ _class_name: named, architectures }: JsonConfig): string {
  const className: unknown = Array.isArray(architectures) ? architectures[0] : named;
  if (typeof className !== 'string') throw new InvariantError('a config.json names no class');
  return className;
}
