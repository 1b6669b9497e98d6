// artifact.json: what an artifact is, what it was made from, the checksum of each of its files, and one
// of itself.
import { InvariantError } from '../errors.ts';
import { sha256OfText, type Checksum } from '../files/checksum.ts';
import { sealJson, unsealJson } from '../files/sealed-json.ts';

/** What the maker says about an artifact. */
export interface ArtifactDescription {
  readonly kind: string;
  /** The name of the node that made it; another experiment may use it under another name. */
  readonly name: string;
  readonly stageVersion: number;
  /** Parameters as the stage saw them. */
  readonly params: unknown;
  /** Keys of the inputs by input name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The stage's own summary. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** `Engine.describe()`, where the stage ran on an engine. */
  readonly engine?: Readonly<Record<string, string>>;
  /** Seconds the stage took, resumed parts not counted. */
  readonly seconds: number;
}

export interface ArtifactManifest extends ArtifactDescription {
  /** 2: with a checksum of its own. Manifests of version 1 have none and are taken as they are. */
  readonly schemaVersion: 1 | 2;
  readonly key: string;
  readonly files: Readonly<Record<string, Checksum>>;
  /** ISO 8601. */
  readonly created: string;
}

export const manifestFile = 'artifact.json';

/** A manifest, or the checksums of one that is damaged or of another version. */
export type ManifestRead =
  | { readonly manifest: ArtifactManifest }
  | { readonly manifest?: never; readonly expected?: string; readonly found: string };

/** The manifest as text, sealed. Throws InvariantError where the summary holds numbers that JSON cannot. */
export function encodeManifest(manifest: Omit<ArtifactManifest, 'schemaVersion'>): string {
  const text = JSON.stringify({ schemaVersion: 2, ...manifest }, (name, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new InvariantError(`artifact ${manifest.kind}:${manifest.name}: ${name} is ${value}`);
    return value;
  });
  return sealJson(JSON.parse(text) as object);
}

/** The manifest of the artifact `key` in `text`. */
export function readManifest(text: string, key: string): ManifestRead {
  const unsealed = unsealJson(text);
  const value = unsealed.value ?? manifestOfVersion1(text);
  if (value?.['key'] === key && isManifest(value)) return { manifest: value };
  return unsealed.value ? { found: sha256OfText(text) } : unsealed;
}

type Unchecked = Readonly<Record<string, unknown>>;

const members: Readonly<Record<keyof ArtifactManifest, (value: unknown) => boolean>> = {
  schemaVersion: (value) => value === 1 || value === 2,
  key: isText,
  kind: isText,
  name: isText,
  stageVersion: isNumber,
  params: () => true,
  inputs: isRecord,
  summary: isRecord,
  engine: (value) => value === undefined || isRecord(value),
  seconds: isNumber,
  files: (value) =>
    isRecord(value) &&
    Object.values(value).every((file) => isRecord(file) && isNumber(file['bytes']) && isText(file['sha256'])),
  created: isText,
};

function isManifest(value: unknown): value is ArtifactManifest & Unchecked {
  return isRecord(value) && Object.entries(members).every(([name, accepts]) => accepts(value[name]));
}

/** A whole manifest of version 1. One with any other member is a damaged one of version 2. */
function manifestOfVersion1(text: string): Unchecked | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const known = isManifest(value) && Object.keys(value).every((name) => Object.hasOwn(members, name));
    return known && value.schemaVersion === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isRecord(value: unknown): value is Unchecked {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
