// Whose the images of a data set are, as far as that follows from its configuration alone.
import type { Credits } from './dataset.ts';
import { publishedDatasets, type PublishedName } from './published.ts';

const notoEmoji: Credits = {
  title: 'Noto Emoji',
  creator: 'Google',
  source: 'https://github.com/googlefonts/noto-emoji',
  licence: 'Apache-2.0',
};

/** The credits of images that are known to be these; undefined of a user's own. */
export function creditsOf({
  kind,
  published,
}: {
  readonly kind: string;
  readonly published?: PublishedName;
}): Pick<Credits, 'title' | 'source' | 'licence'> | undefined {
  if (kind === 'emoji') return notoEmoji;
  if (published === undefined) return undefined;
  const { title, homepage, licence } = publishedDatasets[published];
  return { title, source: homepage, licence };
}
