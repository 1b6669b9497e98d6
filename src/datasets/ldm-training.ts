// What latent-diffusion trains its published models on, as far as a data set here can be given the same: its lists of
// training images (taming-transformers has those of faces), and flips. What is not so is told on the cards.
import type { DatasetConfig } from './catalog.ts';
import { publishedOf } from './check-dataset.ts';
import type { PublishedName } from './published.ts';

interface LdmTraining {
  /** Name of its list of training images. */
  readonly list?: string;
  readonly flip?: true;
  readonly randomCrop?: true;
}

const ldmTraining: Partial<Readonly<Record<PublishedName, LdmTraining>>> = {
  ffhq: { list: 'ffhqtrain.txt' },
  celebahq: { list: 'celebahqtrain.txt' },
  'lsun-church': { list: 'church_outdoor_train.txt', flip: true },
  'lsun-bedroom': { list: 'bedrooms_train.txt', flip: true },
  imagenet: { randomCrop: true },
};

/** How training on `config` differs from latent-diffusion's on the same published data set, in words. */
export function ldmDeviations(config: DatasetConfig): string[] {
  const published = publishedOf(config);
  const theirs = published && ldmTraining[published];
  if (theirs === undefined) return [];
  const list = 'list' in config ? config.list : undefined;
  return [
    ...(theirs.list !== undefined && list === undefined
      ? [`all images instead of latent-diffusion's list ${theirs.list} (dataset.list)`]
      : []),
    ...(theirs.flip && config.flip !== true ? ['no flips, which latent-diffusion has (dataset.flip)'] : []),
    ...(!theirs.flip && config.flip === true ? ['flips, which latent-diffusion does not have'] : []),
    ...(theirs.randomCrop ? ['centre crops, where latent-diffusion crops at random'] : []),
  ];
}
