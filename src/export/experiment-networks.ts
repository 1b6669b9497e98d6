// The networks of an experiment by the names that commands give them, as the components of a checkpoint that hold them.
import { networksOf } from '../config/networks.ts';
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';
import { idsPerSample } from '../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import {
  autoencoderComponent,
  clipComponent,
  embedderComponent,
  unetComponent,
  type NetworkComponent,
} from '../weights/network-components.ts';

export interface ExperimentNetwork {
  readonly name: string;
  readonly kind: 'autoencoder' | 'unet' | 'text encoder';
  readonly components: readonly NetworkComponent[];
  /** The UNet's configuration, where it is one. */
  readonly unet?: UNetConfig;
  /** Length of the context of conditional UNets. */
  readonly contextTokens?: number;
}

/** Names that `networkOf` takes, in the order of the pipeline. */
function networkNames(config: Experiment): string[] {
  const { autoencoder, students } = networksOf(config);
  return [
    ...(autoencoder ? ['autoencoder'] : []),
    'teacher',
    ...Object.keys(students),
    ...(usesClip(config) ? ['text-encoder'] : []),
  ];
}

/** The network `name` of `config`. Throws UserError('usage') where there is none. */
export function networkOf(config: Experiment, name: string): ExperimentNetwork {
  const { autoencoder, teacher, students, conditioner } = networksOf(config);
  if (name === 'autoencoder' && autoencoder)
    return { name, kind: 'autoencoder', components: [autoencoderComponent(autoencoder)] };
  if (name === 'text-encoder' && usesClip(config) && conditioner?.kind === 'text')
    return { name, kind: 'text encoder', components: [clipComponent(conditioner.encoder)] };
  const unet = name === 'teacher' ? teacher : Object.hasOwn(students, name) ? students[name] : undefined;
  if (unet === undefined)
    throw new UserError('usage', `the experiment has no network ${name}`, {
      hint: `it has ${networkNames(config).join(', ')}`,
    });
  return {
    name,
    kind: 'unet',
    unet,
    ...(conditioner && { contextTokens: idsPerSample(conditioner) }),
    components: [
      unetComponent(unet),
      ...(conditioner === undefined || usesClip(config) ? [] : [embedderComponent(conditioner)]),
    ],
  };
}

/** Whether captions go through CLIP, whose weights have a file of their own. */
function usesClip({ conditioning }: Experiment): boolean {
  return conditioning.kind === 'text' && conditioning.encoder.kind === 'clip';
}
