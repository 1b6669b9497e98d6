// Networks that diffusers have no class for, as components whose classes stand in Python files of ours beside the
// weights: UNets with wavelet gating, or of a build that UNet2DModel and UNet2DConditionModel cannot have, and tables of
// classes. The names of tensors are ours.
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { ConditionerConfig } from '../../models/conditioner/conditioner-config.ts';
import { conditionerPrefix } from '../../models/conditioner/conditioner.ts';
import { countParams } from '../../models/init-params.ts';
import { normGroupsOf, paperWavelet, type UNetConfig } from '../../models/unet/unet-config.ts';
import { diffusersWeightsName, type JsonConfig } from '../../weights/diffusers/diffusers-config.ts';
import { streamSafetensors } from '../../weights/safetensors/stream.ts';
import type { ModelPart } from '../model-forms/export-model.ts';
import { writeJson, writePython, type Component } from './component.ts';

/** The wavelets in spectral_unet.py. */
const pythonWavelets: ReadonlySet<string> = new Set(['haar']);

/** A config.json that names the class. */
type ClassConfig = JsonConfig & { readonly _class_name: string };

/** The arguments of SpectralUNet in spectral_unet.py. Throws UserError('usage') for wavelets that it does not know. */
function spectralUnetConfig(config: UNetConfig): ClassConfig {
  const { wavelet = paperWavelet, spatialTransformer } = config;
  if (config.waveletGating && !pythonWavelets.has(wavelet))
    throw new UserError('usage', `pipelines have no ${wavelet} wavelet`, {
      hint: 'export it as safetensors or ONNX, which hold every network',
    });
  return {
    _class_name: 'SpectralUNet',
    sample_size: config.imageSize,
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    model_channels: config.modelChannels,
    channel_mult: config.channelMult,
    num_res_blocks: config.numResBlocks,
    attention_resolutions: config.attentionResolutions,
    num_heads: config.numHeads ?? 1,
    num_head_channels: config.numHeadChannels ?? null,
    norm_groups: normGroupsOf(config),
    use_scale_shift_norm: config.useScaleShiftNorm,
    resblock_updown: config.resblockUpdown,
    has_middle: config.middle !== 'none',
    transformer_depth: spatialTransformer?.depth ?? null,
    context_dim: spatialTransformer?.contextDim ?? null,
    wavelet_gating: config.waveletGating,
    wavelet_fusion: config.waveletFusion,
    wavelet_gates: config.waveletGates ?? 'learned',
    wavelet_activation: config.waveletActivation ?? 'silu',
  };
}

export function spectralUnet(config: UNetConfig, part: ModelPart): Component {
  return ownNetwork('unet', 'spectral_unet', spectralUnetConfig(config), part);
}

export function classEmbedder(
  { classes, width }: Extract<ConditionerConfig, { kind: 'class' }>,
  part: ModelPart,
): Component {
  const config = { _class_name: 'ClassEmbedder', classes, width };
  const inModule = conditionerPrefix.class.replace(/[^.]+$/, ''); // the table is `embedding.weight` there
  return ownNetwork('class_embedder', 'class_embedder', config, part, inModule);
}

/** A network whose class is in `<file>.py`; the names of its tensors there are ours without `prefix`. */
function ownNetwork(
  name: string,
  file: string,
  config: ClassConfig,
  { component: { specs }, read }: ModelPart,
  prefix = '',
): Component {
  return {
    name,
    library: file,
    className: config._class_name,
    isOwn: true,
    parameters: countParams(specs),
    async write(folder) {
      await writePython(folder, file);
      await writeJson(path.join(folder, 'config.json'), config);
      const tensors = specs.map((spec) => ({
        name: spec.name.slice(prefix.length),
        shape: spec.shape,
        read: () => read(spec.name),
      }));
      await streamSafetensors(path.join(folder, diffusersWeightsName.unet), tensors, { format: 'pt' });
    },
  };
}
