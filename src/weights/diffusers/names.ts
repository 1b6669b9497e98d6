// Parameter names of diffusers and transformers beside ours (latent-diffusion's), for every network that both can
// hold. One list drives reading and writing.
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { clipTextSpec } from '../../models/clip/clip-text.ts';
import type { ClipTextConfig } from '../../models/clip/clip-text-config.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { autoencoderMappings } from './autoencoder-names.ts';
import type { NameMapping } from './mapping.ts';
import { unetMappings } from './unet-names.ts';

/** A network that diffusers or transformers have, too. */
export type DiffusersNetwork =
  | { readonly kind: 'unet'; readonly config: UNetConfig }
  | { readonly kind: 'autoencoder'; readonly config: AutoencoderConfig }
  | {
      readonly kind: 'text';
      readonly config: ClipTextConfig;
      /** What stands before 'text_model.' in our names. */
      readonly prefix?: string;
    };

/** The mappings of all parameters of `network`. Throws UserError('usage') for networks that diffusers do not have. */
export function diffusersMappings(network: DiffusersNetwork): readonly NameMapping[] {
  switch (network.kind) {
    case 'unet':
      return unetMappings(network.config);
    case 'autoencoder':
      return autoencoderMappings(network.config);
    case 'text':
      // transformers 5 leaves out 'text_model.'; all versions read names with it.
      return clipTextSpec(network.config).map(({ name, shape }) => ({
        name: (network.prefix ?? '') + name,
        shape,
        parts: [{ names: [name, name.replace(/^text_model\./, '')], shape }],
      }));
  }
}
