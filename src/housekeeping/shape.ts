// What is known of an artifact's identity where the contents that it stands on are not at hand: its kind, version and
// parameters, without paths and digests. Artifacts of one key have one shape; others may have it too.
import path from 'node:path';
import { canonicalJson } from '../files/canonical-json.ts';
import { catalog, type StageKind } from '../stages/catalog.ts';

const unknown = '?';

/** Whatever `params` of its kind and version are; undefined where they cannot be understood. */
export function shapeOf(kind: StageKind, version: number, params: unknown): string | undefined {
  const digests = {
    datasetDigest: unknown,
    evaluationDigest: unknown,
    fileDigests: Object.fromEntries(stringsIn(params).map((text) => [text, unknown])),
  };
  try {
    // The parameters of an artifact are of its kind, as its manifest has them.
    const identity = catalog[kind].identity(params as never, digests);
    // Where contents alone decide the bytes, the parameters that chose them say more.
    const said = saysNothing(identity) ? withoutPaths(params) : identity;
    return canonicalJson([kind, version, said]);
  } catch {
    return undefined;
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function saysNothing(identity: unknown): boolean {
  const members = typeof identity === 'object' && identity !== null ? Object.values(identity) : [];
  return members.every((member) => member === unknown);
}

function withoutPaths(value: unknown): unknown {
  if (typeof value === 'string') return path.isAbsolute(value) ? unknown : value;
  if (Array.isArray(value)) return value.map(withoutPaths);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutPaths(member)]))
    : value;
}
