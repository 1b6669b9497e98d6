// Where the packages that bring libtensorflow are looked for. sdx does not depend on them: their install scripts
// download libtensorflow, so the user installs one, in a folder of its own or beside sdx.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

/** In order of preference; both register the backend `tensorflow`. */
const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export type TensorflowPackage = (typeof tensorflowPackages)[number];

/** An environment variable: the folder to look into, and into no other. */
export const folderVariable = 'SDX_TENSORFLOW';

/** A package that is installed. */
export interface InstalledPackage {
  readonly name: TensorflowPackage;
  readonly version: string;
  /** Its main file. */
  readonly entry: string;
}

/** Files from whose places packages are looked for as Node.js does: the named folder's, or sdx's and the user's. */
export function usualPlaces(): string[] {
  const named = namedFolder();
  return named === undefined ? [import.meta.filename, inFolder(process.cwd())] : [inFolder(named)];
}

/** The folder that the environment names. */
export function namedFolder(): string | undefined {
  return process.env[folderVariable] || undefined; // empty is as if it were not set
}

/** The place that a folder with `node_modules` is. */
export function inFolder(folder: string): string {
  return path.join(path.resolve(folder), 'package.json');
}

/** What is installed at these places, best first. */
export function findPackages(places: readonly string[]): InstalledPackage[] {
  return tensorflowPackages.flatMap((name) => {
    const [found] = places.flatMap((place) => findPackage(name, place) ?? []);
    return found ?? [];
  });
}

function findPackage(name: TensorflowPackage, place: string): InstalledPackage | undefined {
  const { resolve } = createRequire(place);
  try {
    const about: unknown = JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8'));
    return { name, version: versionIn(about), entry: resolve(name) };
  } catch {
    return undefined; // not here
  }
}

function versionIn(about: unknown): string {
  const isObject = typeof about === 'object' && about !== null;
  return isObject && 'version' in about ? String(about.version) : 'unknown';
}
