// What the published data sets of the paper are: data for preflight messages and docs/data.md. Counts are those of the
// publishers; sizes are rounded.

/** The value of `dataset.published`. */
export type PublishedName =
  | 'ffhq'
  | 'celebahq'
  | 'lsun-church'
  | 'lsun-bedroom'
  | 'imagenet'
  | 'imagenet-val'
  | 'coco-val2014'
  | 'laion-400m';

export interface PublishedDataset {
  readonly title: string;
  readonly homepage: string;
  /** How to get it, in words. */
  readonly obtain: string;
  /** Kinds of source that read it as published. */
  readonly kinds: readonly string[];
  /** Number of images; absent where it varies from copy to copy. */
  readonly images?: number;
  readonly classes?: number;
  /** Size on disk, about. */
  readonly disk: string;
  readonly licence: string;
}

export const publishedDatasets: Readonly<Record<PublishedName, PublishedDataset>> = {
  ffhq: {
    title: 'FFHQ, aligned and cropped at 1024x1024',
    homepage: 'https://github.com/NVlabs/ffhq-dataset',
    obtain: 'run its download_ffhq.py --images, or take images1024x1024 as one zip',
    kinds: ['folder', 'zip'],
    images: 70_000,
    disk: '89 GB',
    licence: 'CC BY-NC-SA 4.0 (NVIDIA); each image under its own licence, all for non-commercial use',
  },
  celebahq: {
    title: 'CelebA-HQ',
    homepage: 'https://github.com/tkarras/progressive_growing_of_gans',
    obtain: 'follow its dataset_tool.py, or take the images of CelebAMask-HQ',
    kinds: ['folder', 'zip'],
    images: 30_000,
    disk: 'tens of GB as 1024x1024 PNG, a few GB as 256x256',
    licence: 'non-commercial research only (CelebA agreement)',
  },
  'lsun-church': {
    title: 'LSUN church_outdoor, training part',
    homepage: 'https://github.com/fyu/lsun',
    obtain: 'run its download.py -c church_outdoor and unpack church_outdoor_train_lmdb.zip',
    kinds: ['lsun-lmdb'],
    images: 126_227,
    disk: '2.3 GB',
    licence: 'none stated; used for research',
  },
  'lsun-bedroom': {
    title: 'LSUN bedroom, training part',
    homepage: 'https://github.com/fyu/lsun',
    obtain: 'run its download.py -c bedroom and unpack bedroom_train_lmdb.zip',
    kinds: ['lsun-lmdb'],
    images: 3_033_042,
    disk: '43 GB',
    licence: 'none stated; used for research',
  },
  imagenet: {
    title: 'ImageNet ILSVRC2012, training part',
    homepage: 'https://image-net.org',
    obtain: 'register there, take ILSVRC2012_img_train.tar, unpack it and each of the 1,000 tar files in it',
    kinds: ['imagenet'],
    images: 1_281_167,
    classes: 1000,
    disk: '148 GB',
    licence: 'non-commercial research and education only (ImageNet terms of access)',
  },
  'imagenet-val': {
    title: 'ImageNet ILSVRC2012, validation part',
    homepage: 'https://image-net.org',
    obtain: 'register there, take ILSVRC2012_img_val.tar and the labels of the development kit',
    kinds: ['imagenet'],
    images: 50_000,
    classes: 1000,
    disk: '6.7 GB',
    licence: 'non-commercial research and education only (ImageNet terms of access)',
  },
  'coco-val2014': {
    title: 'COCO val2014 with captions',
    homepage: 'https://cocodataset.org',
    obtain: 'take val2014.zip and annotations_trainval2014.zip and unpack both',
    kinds: ['coco'],
    images: 40_504,
    disk: '6.7 GB',
    licence: 'annotations CC BY 4.0; images under the terms of Flickr',
  },
  'laion-400m': {
    title: 'LAION-400M at 256x256',
    homepage: 'https://laion.ai',
    obtain:
      'download the list, then fetch the images with img2dataset --output_format webdataset --image_size 256',
    kinds: ['webdataset'],
    disk: '10 TB for all, about 0.3 GB a shard of 10,000',
    licence: 'metadata CC BY 4.0; images under the terms of their owners',
  },
};

/** Ways and terms to get a published data set, in one sentence each. */
export function describePublished(name: PublishedName): string {
  const { title, homepage, obtain, disk, licence, images, classes } = publishedDatasets[name];
  const count = images === undefined ? '' : `, ${images.toLocaleString('en')} images`;
  const grouped = classes === undefined ? '' : ` in ${classes.toLocaleString('en')} classes`;
  return `${title}${count}${grouped}, about ${disk}. ${homepage}: ${obtain}. Licence: ${licence}.`;
}
