// Faces drawn from parts, as many as asked for: DiceBear's CC0 styles. Small, real and present after `npm ci` like the
// emoji, but with tens of thousands of different images.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DatasetOptions } from '../../dataset.ts';
import type { DatasetKind } from '../../dataset-kind.ts';
import { openDigestCache } from '../../digest/digest-cache.ts';
import { captionOf } from './avatar-style.ts';
import type { AttributeName, Avatar } from './avatar-style.ts';
import { distinctAvatars } from './distinct-avatars.ts';
import { describeRendering, renderAvatar } from './render-avatar.ts';
import type { Rendering } from './render-avatar.ts';
import { avatarStyles } from './styles/catalog.ts';
import type { AvatarStyleName } from './styles/catalog.ts';

export interface AvatarsConfig extends Rendering {
  readonly kind: 'avatars';
  readonly style: AvatarStyleName;
  readonly count: number;
  readonly seed: number;
  readonly classBy: AttributeName | 'none';
}

/** Memory for drawn samples. */
const mostKeptBytes = 2 ** 28;

/** Raise when words or choices of a style change: the same number is then another avatar. */
const drawingVersion = 1;

/**
 * What the pictures follow from, not the pictures: rendering tens of thousands takes minutes, and planning needs the
 * digest at once. Everything that makes them is in it, the version of the renderer too, since edges may differ between
 * versions by a shade.
 */
async function picturesKey({ style, seed, size, filter }: AvatarsConfig): Promise<string> {
  const { packageName } = avatarStyles[style];
  const versions = await Promise.all(['@dicebear/core', packageName].map(packageAndVersion));
  const how = describeRendering({ size, filter });
  return `avatars v${drawingVersion} ${versions.join(' ')} seed ${seed} ${how}`;
}

async function packageAndVersion(name: string): Promise<string> {
  const main = createRequire(import.meta.url).resolve(name); // .../lib/index.js: package.json is not exported
  const file = path.join(path.dirname(main), '..', 'package.json');
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
  return `${name}@${version}`;
}

function digestOf(key: string, { count, classBy }: AvatarsConfig): string {
  return createHash('sha256').update(`${key}\n${count}\nclass ${classBy}\n`).digest('hex');
}

export const avatars: DatasetKind<AvatarsConfig> = {
  layout: "npm packages of DiceBear's styles, which `npm ci` installs",
  isInstalled: true,
  async open(config, options: DatasetOptions) {
    const { style: styleName, seed, count, size, filter, classBy } = config;
    const style = avatarStyles[styleName];
    const avatar = (number: number): Avatar => style.draw(seed, number);
    const key = await picturesKey(config);
    const cache = await openDigestCache(options.digestCacheFile);
    const render = (number: number): Promise<Uint8Array> => renderAvatar(avatar(number), { size, filter });
    // Those that the search for repeats draws are not drawn again.
    const drawn = new Map<number, Uint8Array>();
    const keep = count * size * size * 3 <= mostKeptBytes;
    const draw = async (number: number): Promise<Uint8Array> => {
      const pixels = await render(number);
      if (keep) drawn.set(number, pixels);
      return pixels;
    };
    const numbers = await distinctAvatars(draw, { ...options, count, key, cache });
    await cache.save();
    const { title = styleName, creator = 'unknown', source = '', license } = style.meta;
    return {
      count,
      size,
      digest: digestOf(key, config),
      corrupt: [],
      read: async (index) => drawn.get(numbers[index]!) ?? render(numbers[index]!),
      name: (index) => `${styleName}-${numbers[index]!}`,
      caption: (index) => captionOf(avatar(numbers[index]!)),
      ...(classBy !== 'none' && {
        label: (index: number) => avatar(numbers[index]!).attributes[classBy].name,
        classNames: style.valuesOf(classBy),
      }),
      credits: { title, creator, source, licence: license?.name ?? 'unknown' },
    };
  },
  digest: async (config) => digestOf(await picturesKey(config), config),
  glance: ({ count, style, classBy }) =>
    Promise.resolve({
      images: count,
      ...(classBy !== 'none' && { classes: avatarStyles[style].valuesOf(classBy).length }),
    }),
};
