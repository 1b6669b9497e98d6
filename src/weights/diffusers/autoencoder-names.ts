// latent-diffusion's first stages in diffusers' names (AutoencoderKL, VQModel): all numbers of blocks stand in the
// names; decoder levels are counted from the deepest there, from full resolution here.
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { firstStageSpec } from '../../models/autoencoder/first-stage.ts';
import { attentionNames, type NameMapping } from './mapping.ts';

/** All parameters of the autoencoder. */
export function autoencoderMappings(config: AutoencoderConfig): NameMapping[] {
  const last = config.channelMult.length - 1;
  return firstStageSpec(config).map(({ name, shape }) => {
    const theirs = name
      .replace(/^encoder\.down\.(\d+)\./, 'encoder.down_blocks.$1.')
      .replace(/^decoder\.up\.(\d+)\./, (_, level: string) => `decoder.up_blocks.${last - Number(level)}.`)
      .replace(/\.mid\.block_([12])\./, (_, i: string) => `.mid_block.resnets.${Number(i) - 1}.`)
      .replace(/\.mid\.attn_1\./, '.mid_block.attentions.0.')
      .replace(/\.block\.(\d+)\./, '.resnets.$1.')
      .replace(/\.attn\.(\d+)\./, '.attentions.$1.')
      .replace(/\.(down|up)sample\.conv\./, '.$1samplers.0.conv.')
      .replace('.nin_shortcut.', '.conv_shortcut.')
      .replace('.norm_out.', '.conv_norm_out.');
    const attention = /^(.*\.attentions\.\d+)\.(norm|q|k|v|proj_out)\.(weight|bias)$/.exec(theirs);
    if (attention === null) return { name, shape, parts: [{ names: [theirs], shape }] };
    const [, target, part, leaf] = attention as unknown as [string, string, string, string];
    if (part === 'norm') return { name, shape, parts: [{ names: [`${target}.group_norm.${leaf}`], shape }] };
    const projection = part === 'proj_out' ? 'out' : (part as 'q' | 'k' | 'v');
    const linear = leaf === 'weight' ? shape.slice(0, 2) : shape; // 1x1 convolutions there are linear layers
    return { name, shape, parts: [{ names: attentionNames(target, projection, leaf), shape: linear }] };
  });
}
