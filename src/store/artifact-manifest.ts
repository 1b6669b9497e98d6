// artifact.json: what an artifact is, what it was made from, and the checksum of each of its files.
import { InvariantError } from '../errors.ts';
import type { Checksum } from '../files/checksum.ts';

/** What the maker says about an artifact. */
export interface ArtifactDescription {
  readonly kind: string;
  /** Of the node that made it; another experiment may use it under another name. */
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
  readonly schemaVersion: 1;
  readonly key: string;
  readonly files: Readonly<Record<string, Checksum>>;
  /** ISO 8601. */
  readonly created: string;
}

export const manifestFile = 'artifact.json';

/** The manifest as text. Throws InvariantError where the summary holds numbers that JSON cannot. */
export function encodeManifest(manifest: ArtifactManifest): string {
  const text = JSON.stringify(
    manifest,
    (name, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value))
        throw new InvariantError(`artifact ${manifest.kind}:${manifest.name}: ${name} is ${value}`);
      return value;
    },
    2,
  );
  return `${text}\n`;
}

/** The manifest in `text`; undefined where it is none of this version. */
export function parseManifest(text: string): ArtifactManifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<ArtifactManifest> | null;
    const complete =
      value?.schemaVersion === 1 &&
      typeof value.key === 'string' &&
      typeof value.files === 'object' &&
      typeof value.summary === 'object';
    return complete ? (value as ArtifactManifest) : undefined;
  } catch {
    return undefined;
  }
}
