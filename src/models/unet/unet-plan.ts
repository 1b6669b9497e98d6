// The UNet as data: the list of blocks that a configuration stands for. Parameter specs, the forward pass and the
// feature taps all walk this one list. Names and order are latent-diffusion's (openaimodel.UNetModel).
import { waveletUpChannels, type WaveletMethod } from '../wavelet/wavelet-gating.ts';
import { attentionHeads, normGroupsOf, paperWavelet, type UNetConfig } from './unet-config.ts';

/** A change of resolution by 2. `conv`: strided or nearest + 3x3; `plain`: average pooling or nearest; or wavelet gating. */
export interface Resampler {
  readonly direction: 'down' | 'up';
  readonly method: 'conv' | 'plain' | WaveletMethod;
}

/** One layer; `name` prefixes its parameters, `groups` are those of its group norms. */
export type Layer =
  | { readonly kind: 'conv'; readonly name: string; readonly inC: number; readonly outC: number }
  | {
      readonly kind: 'res';
      readonly name: string;
      readonly inC: number;
      readonly outC: number;
      readonly embC: number;
      readonly groups: number;
      readonly scaleShift: boolean;
      readonly resampler?: Resampler;
    }
  | {
      readonly kind: 'attention';
      readonly name: string;
      readonly channels: number;
      readonly groups: number;
      readonly heads: number;
    }
  | {
      readonly kind: 'transformer';
      readonly name: string;
      readonly channels: number;
      readonly groups: number;
      readonly heads: number;
      readonly depth: number;
      readonly contextDim: number | undefined;
    }
  | {
      readonly kind: 'resample';
      readonly name: string;
      readonly channels: number;
      readonly resampler: Resampler;
    }
  | {
      readonly kind: 'head';
      readonly name: string;
      readonly inC: number;
      readonly outC: number;
      readonly groups: number;
    };

/** A named feature map: [B, channels, H/scale, W/scale]. */
export interface Tap {
  readonly name: string;
  readonly channels: number;
  readonly scale: number;
}

/**
 * Layers applied in turn. A `down` block's output is kept; an `up` block first takes the latest kept one beside
 * its input. `tap` names the features after `tap.after` of the layers.
 */
export interface Block {
  readonly path: 'down' | 'middle' | 'up' | 'out';
  /**
   * Where it stands, in words that UNets with other numbers of blocks share: `down.1.0` is the first block of level 1, and
   * `up.1.last` the last one there, which takes what came into the level on the way down.
   */
  readonly place: string;
  readonly layers: readonly Layer[];
  readonly tap?: Tap & { readonly after: number };
}

/** Width of the timestep embedding after its two linear layers. */
export function embeddingWidth(config: UNetConfig): number {
  return 4 * config.modelChannels;
}

/** The blocks of the UNet in the order in which they run. */
export function unetBlocks(config: UNetConfig): readonly Block[] {
  const { channelMult, modelChannels, numResBlocks } = config;
  const last = channelMult.length - 1;
  const blocks: Block[] = [];
  const kept: number[] = []; // channels of the kept outputs of the down path
  let scale = 1;
  let channels = modelChannels;

  const down = (place: string, layers: (name: string) => Layer[], tap?: string): void => {
    const made = layers(`input_blocks.${blocks.length}`);
    blocks.push({ path: 'down', place, layers: made, ...tapAfter(tap, made.length, channels, scale) });
    kept.push(channels);
  };

  down('in', (name) => [{ kind: 'conv', name: `${name}.0`, inC: config.inChannels, outC: channels }]);
  for (const [level, mult] of channelMult.entries()) {
    for (let i = 0; i < numResBlocks; i++) {
      const inC = channels;
      channels = mult * modelChannels;
      const tap = i === numResBlocks - 1 ? `down.${level}` : undefined;
      down(
        `down.${level}.${i}`,
        (name) => [res(config, `${name}.0`, inC, channels), ...attend(config, name, channels, scale)],
        tap,
      );
    }
    if (level < last) {
      down(`down.${level}.resample`, (name) => [resample(config, `${name}.0`, channels, 'down')]);
      scale *= 2;
    }
  }

  const middle = 'middle_block';
  if (config.middle !== 'none')
    blocks.push({
      path: 'middle',
      place: 'middle',
      layers: [
        res(config, `${middle}.0`, channels, channels),
        attention(config, `${middle}.1`, channels),
        res(config, `${middle}.2`, channels, channels),
      ],
    });

  let index = 0;
  for (const [level, mult] of [...channelMult.entries()].reverse()) {
    for (let i = 0; i <= numResBlocks; i++) {
      const name = `output_blocks.${index++}`;
      const inC = channels + (kept.pop() ?? 0);
      channels = mult * modelChannels;
      const features = [res(config, `${name}.0`, inC, channels), ...attend(config, name, channels, scale)];
      const ends = i === numResBlocks;
      const tail = ends && level > 0 ? [resample(config, `${name}.${features.length}`, channels, 'up')] : [];
      blocks.push({
        path: 'up',
        place: `up.${level}.${ends ? 'last' : i}`,
        layers: [...features, ...tail],
        ...tapAfter(ends ? `up.${level}` : undefined, features.length, channels, scale),
      });
    }
    if (level > 0) {
      scale /= 2;
      if (!config.resblockUpdown) channels = resampledChannels(channels, resamplerOf(config, 'up'));
    }
  }
  blocks.push({
    path: 'out',
    place: 'out',
    layers: [
      {
        kind: 'head',
        name: 'out',
        inC: channels,
        outC: config.outChannels,
        groups: normGroupsOf(config),
      },
    ],
  });
  return blocks;
}

/**
 * The named feature maps: the last block of each resolution, `down.<level>` in the down path and `up.<level>` in
 * the up path (before its upsampling), in the order in which they are computed.
 */
export function unetTaps(config: UNetConfig): readonly Tap[] {
  return unetBlocks(config).flatMap(({ tap }) =>
    tap === undefined ? [] : [{ name: tap.name, channels: tap.channels, scale: tap.scale }],
  );
}

/** Name of the prediction itself where features are named. */
export const outputTap = 'output';

/** A wavelet-gated change of resolution: its parameters' name, and its input's resolution, H/scale. */
export interface GatedModule {
  readonly name: string;
  readonly direction: Resampler['direction'];
  readonly scale: number;
}

/** The WG-Down and WG-Up modules in the order in which they run; none without wavelet gating. */
export function gatedModules(config: UNetConfig): readonly GatedModule[] {
  if (!config.waveletGating) return [];
  let scale = 1;
  return unetBlocks(config).flatMap(({ layers }) =>
    layers.flatMap((layer): GatedModule[] => {
      if (layer.kind !== 'resample' && layer.kind !== 'res') return [];
      const { name, resampler } = layer;
      if (resampler === undefined) return [];
      const { direction } = resampler;
      const names = layer.kind === 'res' ? ['h_upd', 'x_upd'].map((path) => `${name}.${path}`) : [name];
      const modules = names.map((each) => ({ name: each, direction, scale }));
      scale *= direction === 'down' ? 2 : 1 / 2;
      return modules;
    }),
  );
}

function tapAfter(
  name: string | undefined,
  after: number,
  channels: number,
  scale: number,
): { tap?: Block['tap'] & object } {
  return name === undefined ? {} : { tap: { name, after, channels, scale } };
}

function res(config: UNetConfig, name: string, inC: number, outC: number, resampler?: Resampler): Layer {
  const [embC, groups, scaleShift] = [embeddingWidth(config), normGroupsOf(config), config.useScaleShiftNorm];
  const plain = { kind: 'res', name, inC, outC, embC, groups, scaleShift } as const;
  return resampler === undefined ? plain : { ...plain, resampler };
}

/** The attention that follows a residual block at the resolutions that have one. */
function attend(config: UNetConfig, blockName: string, channels: number, scale: number): Layer[] {
  return config.attentionResolutions.includes(scale) ? [attention(config, `${blockName}.1`, channels)] : [];
}

function attention(config: UNetConfig, name: string, channels: number): Layer {
  const attended = { name, channels, groups: normGroupsOf(config), heads: attentionHeads(config, channels) };
  return config.spatialTransformer === undefined
    ? { kind: 'attention', ...attended }
    : { kind: 'transformer', ...attended, ...config.spatialTransformer };
}

/** Channels that a resampler gives, of `channels` at its input. */
export function resampledChannels(channels: number, { direction, method }: Resampler): number {
  return direction === 'up' && typeof method === 'object' ? waveletUpChannels(channels, method) : channels;
}

function resamplerOf(config: UNetConfig, direction: 'down' | 'up'): Resampler {
  const { waveletGating, resblockUpdown } = config;
  if (!waveletGating) return { direction, method: resblockUpdown ? 'plain' : 'conv' };
  const { wavelet = paperWavelet, waveletFusion: fusion, waveletGates: gates, waveletActivation } = config;
  const method: WaveletMethod = {
    wavelet,
    fusion,
    ...(gates && { gates }),
    ...(waveletActivation && { activation: waveletActivation }),
  };
  return { direction, method };
}

function resample(config: UNetConfig, name: string, channels: number, direction: 'down' | 'up'): Layer {
  const resampler = resamplerOf(config, direction);
  return config.resblockUpdown
    ? res(config, name, channels, channels, resampler)
    : { kind: 'resample', name, channels, resampler };
}
