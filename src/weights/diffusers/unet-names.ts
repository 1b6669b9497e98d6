// latent-diffusion's UNet in diffusers' names (UNet2DModel, UNet2DConditionModel). Walks the plan of the network, so
// that blocks are counted right for every number of levels and residual blocks.
import { UserError } from '../../errors.ts';
import { timeEmbeddingSpec } from '../../models/unet/timestep-embedding.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { layerSpec } from '../../models/unet/unet-layers.ts';
import { embeddingWidth, unetBlocks, type Block, type Layer } from '../../models/unet/unet-plan.ts';
import type { ParamSpec } from '../../nn/params.ts';
import { attentionNames, type NameMapping } from './mapping.ts';

/** All parameters of the UNet. Throws UserError('usage') for wavelet gating, which diffusers do not have. */
export function unetMappings(config: UNetConfig): NameMapping[] {
  if (config.waveletGating)
    throw new UserError('usage', 'diffusers have no block with wavelet gating', {
      hint: 'wavelet-gated students exist as safetensors and ONNX; in diffusers, teachers and students without gating',
    });
  const time = timeEmbeddingSpec('time_embed', config.modelChannels, embeddingWidth(config));
  return [
    ...renamed(time, 'time_embed', 'time_embedding', { '0': 'linear_1', '2': 'linear_2' }),
    ...placedLayers(config).flatMap(({ layer, target }) => layerMappings(layer, target)),
  ];
}

interface PlacedLayer {
  readonly layer: Layer;
  /** How its names start in diffusers; empty for the head, whose names have nothing in common. */
  readonly target: string;
}

/**
 * Down and up blocks hold the residual blocks and attentions of one level and end in a resampler:
 * `down_blocks.<level>.resnets.<i>`; up blocks are counted from the deepest level.
 */
function placedLayers(config: UNetConfig): PlacedLayer[] {
  let path: Block['path'] = 'down';
  let [level, resnets, attentions] = [0, 0, 0];
  return unetBlocks(config).flatMap((block) => {
    if (block.path !== path) [level, resnets, attentions] = [0, 0, 0];
    path = block.path;
    return block.layers.map((layer): PlacedLayer => {
      if (layer.kind === 'head') return { layer, target: '' };
      if (layer.kind === 'conv') return { layer, target: 'conv_in' };
      const start = path === 'middle' ? 'mid_block' : `${path}_blocks.${level}`;
      if (layer.kind === 'resample' || (layer.kind === 'res' && layer.resampler !== undefined)) {
        [level, resnets, attentions] = [level + 1, 0, 0];
        return { layer, target: `${start}.${path}samplers.0` };
      }
      const place = layer.kind === 'res' ? `resnets.${resnets++}` : `attentions.${attentions++}`;
      return { layer, target: `${start}.${place}` };
    });
  });
}

/** Names within a layer, where they are not the same, by kind. */
const inner: Readonly<Record<Exclude<Layer['kind'], 'attention'>, Readonly<Record<string, string>>>> = {
  conv: {},
  res: {
    'in_layers.0': 'norm1',
    'in_layers.2': 'conv1',
    'emb_layers.1': 'time_emb_proj',
    'out_layers.0': 'norm2',
    'out_layers.3': 'conv2',
    skip_connection: 'conv_shortcut',
  },
  transformer: {},
  resample: { op: 'conv' },
  head: { '0': 'conv_norm_out', '2': 'conv_out' },
};

function layerMappings(layer: Layer, target: string): NameMapping[] {
  const specs = layerSpec(layer);
  return layer.kind === 'attention'
    ? attentionMappings(specs, layer, target)
    : renamed(specs, layer.name, target, inner[layer.kind]);
}

/** `specs` with `name` replaced by `target` and the part up to the leaf (weight or bias) by `names`. */
function renamed(
  specs: readonly ParamSpec[],
  name: string,
  target: string,
  names: Readonly<Record<string, string>>,
): NameMapping[] {
  return specs.map((spec) => {
    const rest = spec.name.slice(name.length + 1);
    const [within, leaf] = [rest.slice(0, Math.max(0, rest.lastIndexOf('.'))), rest.split('.').at(-1)!];
    const theirs = [target, names[within] ?? within, leaf].filter((part) => part !== '').join('.');
    return { name: spec.name, shape: spec.shape, parts: [{ names: [theirs], shape: spec.shape }] };
  });
}

/** Width-1 convolutions there are linear layers here, and their q, k and v stand apart. */
function attentionMappings(
  specs: readonly ParamSpec[],
  { name, heads }: Extract<Layer, { kind: 'attention' }>,
  target: string,
): NameMapping[] {
  return specs.map((spec) => {
    const [within, leaf] = spec.name.slice(name.length + 1).split('.') as [string, string];
    const shape = leaf === 'weight' ? spec.shape.slice(0, 2) : spec.shape;
    const ours = { name: spec.name, shape: spec.shape };
    if (within === 'norm') return { ...ours, parts: [{ names: [`${target}.group_norm.${leaf}`], shape }] };
    if (within === 'proj_out')
      return { ...ours, parts: [{ names: attentionNames(target, 'out', leaf), shape }] };
    const third = [shape[0]! / 3, ...shape.slice(1)];
    const part = (which: 'q' | 'k' | 'v') => ({ names: attentionNames(target, which, leaf), shape: third });
    return { ...ours, parts: [part('q'), part('k'), part('v')], heads };
  });
}
