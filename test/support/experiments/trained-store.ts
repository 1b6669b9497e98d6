// What a run up to samples left in its store, and that another engine or device has come to the same.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';

interface Told {
  readonly kind: string;
  readonly name: string;
  readonly engine?: Readonly<Record<string, string>>;
  readonly summary: { readonly curve?: readonly { readonly step: number; readonly loss: number }[] };
}

export interface TrainedStore {
  /** By stage: `teacher:teacher`. */
  readonly told: ReadonlyMap<string, Told>;
  readonly images: Uint8Array;
}

/** The artifacts of a store, by their stages, and the images. */
export async function readTrainedStore(store: string): Promise<TrainedStore> {
  const artifacts = path.join(store, 'artifacts');
  const told = new Map<string, Told>();
  let images = new Uint8Array();
  for (const key of await readdir(artifacts)) {
    const one = JSON.parse(await readFile(path.join(artifacts, key, 'artifact.json'), 'utf8')) as Told;
    told.set(`${one.kind}:${one.name}`, one);
    if (one.kind === 'sample')
      images = new Uint8Array(await readFile(path.join(artifacts, key, 'images.u8')));
  }
  return { told, images };
}

/** Losses within 1e-5, images within 1 of 255; `engine` is what the other's trainings say of theirs. */
export function expectSameTraining(expected: TrainedStore, actual: TrainedStore, engine: object): void {
  const trained = [...expected.told].filter(([, { summary }]) => summary.curve !== undefined);
  expect(trained.map(([stage]) => stage).sort()).toEqual([
    'autoencoder:autoencoder',
    'distill:sd',
    'teacher:teacher',
  ]);
  for (const [stage, { summary }] of trained) {
    const found = actual.told.get(stage)!;
    expect(found.engine).toMatchObject(engine);
    for (const [i, { step, loss }] of summary.curve!.entries())
      expect(Math.abs(found.summary.curve![i]!.loss / loss - 1), `${stage}, step ${step}`).toBeLessThan(1e-5);
  }
  const differences = expected.images.map((pixel, i) => Math.abs(pixel - actual.images[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
}
