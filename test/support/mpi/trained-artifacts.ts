// What training left in a store.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors } from '../../../src/weights/safetensors/safetensors.ts';

export interface TrainedArtifact {
  readonly dir: string;
  readonly key: string;
  /** The loss of each logged step. */
  readonly losses: readonly number[];
  readonly ranks: string | undefined;
}

interface Manifest {
  readonly kind: string;
  readonly engine?: Readonly<Record<string, string>>;
  readonly summary: { readonly curve?: readonly { readonly loss: number }[] };
}

/** Trained artifacts by kind; `distributed`: those that ranks made together. */
export async function readArtifacts(
  store: string,
  { distributed = false } = {},
): Promise<Record<string, TrainedArtifact>> {
  const found: Record<string, TrainedArtifact> = {};
  for (const key of await readdir(path.join(store, 'artifacts'))) {
    const dir = path.join(store, 'artifacts', key);
    const { kind, engine, summary } = JSON.parse(
      await readFile(path.join(dir, 'artifact.json'), 'utf8'),
    ) as Manifest;
    const ranks = engine?.['ranks'];
    if (summary.curve === undefined || (ranks !== undefined) !== distributed) continue;
    found[kind] = { dir, key, losses: summary.curve.map(({ loss }) => loss), ranks };
  }
  return found;
}

/** Euclidean norm of the difference of all tensors in `file`, over that of `a`. */
export async function relativeDifference(
  a: TrainedArtifact,
  b: TrainedArtifact,
  file: string,
): Promise<number> {
  const [left, right] = await Promise.all(
    [a, b].map(async ({ dir }) => (await readSafetensors(path.join(dir, file))).tensors),
  );
  let [difference, norm] = [0, 0];
  for (const [name, { data }] of Object.entries(left!))
    for (let i = 0; i < data.length; i++) {
      difference += (data[i]! - right![name]!.data[i]!) ** 2;
      norm += data[i]! ** 2;
    }
  return Math.sqrt(difference / norm);
}
