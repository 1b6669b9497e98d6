// The embedded data set: Noto emoji as the npm package emoji-datasource-google ships them, 64x64 PNG files with
// names and categories. Small, real, and present after `npm ci`, so it serves every kind of conditioning offline.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { DatasetOptions } from '../dataset.ts';
import type { DatasetKind } from '../dataset-kind.ts';
import { decodeSample, describePreprocessing } from '../decode/decode-image.ts';
import type { Preprocessing } from '../decode/decode-image.ts';
import { orderedMap } from '../ordered-map.ts';
import type { PillowFilter } from '../decode/pillow-resize.ts';

export interface EmojiConfig {
  readonly kind: 'emoji';
  /** Side in pixels; 64 is native. */
  readonly size: number;
  readonly filter: PillowFilter;
  /** emoji.json `category` names to keep; absent keeps all. */
  readonly categories?: readonly string[];
  /** Also the skin tone variants of people and hands. */
  readonly skinTones: boolean;
}

interface EmojiEntry {
  readonly name: string;
  readonly short_name: string;
  readonly unified: string;
  readonly image: string;
  readonly category: string;
  readonly sort_order: number;
  readonly has_img_google: boolean;
  readonly skin_variations?: Readonly<
    Record<string, Pick<EmojiEntry, 'unified' | 'image' | 'has_img_google'>>
  >;
}

/** One emoji of the selection. */
interface Emoji {
  readonly file: string;
  readonly unified: string;
  readonly order: number;
  readonly category: string;
  readonly caption: string;
}

const packageName = 'emoji-datasource-google';
const skinToneNames: Readonly<Record<string, string>> = {
  '1F3FB': 'light skin tone',
  '1F3FC': 'medium-light skin tone',
  '1F3FD': 'medium skin tone',
  '1F3FE': 'medium-dark skin tone',
  '1F3FF': 'dark skin tone',
};

/** An entry and, if asked for, its skin tone variants, as far as Google drew them. */
function expand(entry: EmojiEntry, skinTones: boolean): Emoji[] {
  const shared = { order: entry.sort_order, category: entry.category };
  const caption = (entry.name === '' ? entry.short_name : entry.name).toLowerCase();
  const plain = entry.has_img_google
    ? [{ ...shared, file: entry.image, unified: entry.unified, caption }]
    : [];
  const variants = Object.entries(skinTones ? (entry.skin_variations ?? {}) : {})
    .filter(([, variant]) => variant.has_img_google)
    .map(([tones, variant]) => ({
      ...shared,
      file: variant.image,
      unified: variant.unified,
      caption: [caption, ...tones.split('-').map((tone) => skinToneNames[tone] ?? tone)].join(', '),
    }));
  return [...plain, ...variants];
}

/** Code-unit order of `unified`, which is plain ASCII. */
function byOrder(a: Emoji, b: Emoji): number {
  return a.order - b.order || (a.unified < b.unified ? -1 : 1);
}

function select(entries: readonly EmojiEntry[], config: EmojiConfig): Emoji[] {
  const known = [...new Set(entries.map((entry) => entry.category))].sort();
  const unknown = (config.categories ?? []).filter((category) => !known.includes(category));
  if (unknown.length > 0)
    throw new UserError('usage', `unknown emoji categories: ${unknown.join(', ')}`, {
      hint: `choose from: ${known.join(', ')}`,
    });
  const wanted = new Set(config.categories ?? known);
  return entries
    .filter((entry) => wanted.has(entry.category))
    .flatMap((entry) => expand(entry, config.skinTones))
    .sort(byOrder);
}

function packageFolder(): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  } catch (cause) {
    throw new UserError('input', `the npm package ${packageName} is not installed`, {
      hint: 'run `npm ci` again',
      cause,
    });
  }
}

async function readPackageFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new UserError('input', `cannot read ${path.basename(file)} of the npm package ${packageName}`, {
      hint: 'the installation is incomplete: run `npm ci` again',
      cause,
    });
  }
}

/** sha256 over package version, preprocessing, and name and content of each file in order. */
function digestOf(version: string, how: Preprocessing, emoji: readonly Emoji[], files: Buffer[]): string {
  const hash = createHash('sha256').update(`${packageName}@${version}\n${describePreprocessing(how)}\n`);
  for (const [index, { file }] of emoji.entries())
    hash.update(`${file} ${createHash('sha256').update(files[index]!).digest('hex')}\n`);
  return hash.digest('hex');
}

interface Source {
  readonly emoji: readonly Emoji[];
  readonly files: Buffer[];
  readonly how: Preprocessing;
  readonly digest: string;
}

async function parsePackageFile(name: string): Promise<unknown> {
  return JSON.parse((await readPackageFile(path.join(packageFolder(), name))).toString('utf8'));
}

async function selectionOf(config: EmojiConfig): Promise<Emoji[]> {
  return select((await parsePackageFile('emoji.json')) as EmojiEntry[], config);
}

async function loadSource(config: EmojiConfig, options: DatasetOptions): Promise<Source> {
  const folder = packageFolder();
  const { version } = (await parsePackageFile('package.json')) as { version: string };
  const emoji = await selectionOf(config);
  const files = await orderedMap(
    emoji,
    ({ file }) => readPackageFile(path.join(folder, 'img', 'google', '64', file)),
    { width: 8, signal: options.signal, onProgress: options.onProgress },
  );
  const how: Preprocessing = { size: config.size, filter: config.filter, alpha: 'white' };
  return { emoji, files, how, digest: digestOf(version, how, emoji, files) };
}

export const emoji: DatasetKind<EmojiConfig> = {
  layout: `the npm package ${packageName}, which \`npm ci\` installs`,
  isInstalled: true,
  /** All files (some 15 MB) are held in memory, decoding happens on `read`. */
  async open(config, options) {
    const { emoji, files, how, digest } = await loadSource(config, options);
    const at = (index: number): Emoji => emoji[index]!;
    return {
      count: emoji.length,
      size: config.size,
      digest,
      corrupt: [],
      read: (index) => decodeSample(files[index]!, how),
      name: (index) => at(index).file,
      group: (index) => String(at(index).order), // an emoji and its skin tones
      label: (index) => at(index).category,
      caption: (index) => at(index).caption,
    };
  },
  digest: async (config, options) => (await loadSource(config, options)).digest,
  glance: async (config) => ({ images: (await selectionOf(config)).length }),
};
