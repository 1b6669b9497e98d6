import { mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  newestCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../../../../src/stages/training/checkpoint.ts';
import { writeSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

// One test flips every bit: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const temporary = folderPerTest();
let warnings: string[];

function checkpoint(step: number): Checkpoint {
  const weight = { shape: [2], dtype: 'float32' as const, data: Float32Array.of(step, 0.5) };
  return { state: { weight }, position: { step, curve: [{ step, loss: 0.25 }] } };
}

const newest = (): Promise<Checkpoint | undefined> =>
  newestCheckpoint(temporary(), (message) => warnings.push(message));
const file = (step: number): string => temporary(`step-${step}.safetensors`);

beforeEach(() => {
  warnings = [];
});

test('the two newest are kept, and the newest is read back', async () => {
  expect(await newest()).toBeUndefined();
  for (const step of [2, 4, 10]) await writeCheckpoint(temporary(), step, checkpoint(step));
  expect((await readdir(temporary())).sort()).toEqual(['step-10.safetensors', 'step-4.safetensors']);
  expect(await newest()).toEqual(checkpoint(10));
  expect(warnings).toEqual([]);
});

test('every flipped bit is found', async () => {
  await writeCheckpoint(temporary(), 4, checkpoint(4));
  const bytes = await readFile(file(4));
  for (let at = 0; at < 8 * bytes.length; at += 3) {
    const flipped = Buffer.from(bytes);
    flipped[at >> 3]! ^= 1 << (at & 7);
    await writeFile(file(4), flipped);
    expect(await newest(), `bit ${at}`).toBeUndefined();
  }
});

describe('a damaged one is set aside with a warning, and the one before it is used', () => {
  test.each<[string, (at: string) => Promise<void>]>([
    ['cut short', (at) => truncate(at, 100)],
    ['empty', (at) => truncate(at, 0)],
    ['cut within its length', (at) => truncate(at, 5)],
    ['zeros', async (at) => writeFile(at, Buffer.alloc((await readFile(at)).length))],
    [
      'another digit in its position',
      async (at) => writeFile(at, (await readFile(at, 'latin1')).replace('0.25', '0.75'), 'latin1'),
    ],
  ])('%s', async (_, damage) => {
    for (const step of [2, 4]) await writeCheckpoint(temporary(), step, checkpoint(step));
    await damage(file(4));
    expect(await newest()).toEqual(checkpoint(2));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^the checkpoint step-4\.safetensors is damaged: /);
    const names = await readdir(temporary());
    expect(names.filter((name) => /^step-4\.safetensors\.damaged-/.test(name))).toHaveLength(1);
  });

  test('one of another stage', async () => {
    await writeCheckpoint(temporary(), 2, checkpoint(2));
    await mkdir(temporary('other'));
    await writeCheckpoint(temporary('other'), 4, checkpoint(4));
    await rename(temporary('other', 'step-4.safetensors'), file(4));
    expect(await newest()).toEqual(checkpoint(2));
    expect(warnings[0]).toMatch(/is damaged: it is of another stage/);
  });

  test('both damaged: from the start of the stage', async () => {
    for (const step of [2, 4]) await writeCheckpoint(temporary(), step, checkpoint(step));
    for (const step of [2, 4]) await truncate(file(step), 9);
    expect(await newest()).toBeUndefined();
    expect(warnings).toHaveLength(2);
  });
});

test('a checkpoint of earlier versions, without a checksum, is read; what makes no sense in it is found', async () => {
  const { state, position } = checkpoint(6);
  await writeSafetensors(file(6), state, { position: JSON.stringify(position) });
  expect(await newest()).toEqual(checkpoint(6));
  await writeSafetensors(file(8), state, { position: '{"step":' });
  await writeSafetensors(file(9), state, { position: JSON.stringify(position), sha257: '0' });
  expect(await newest()).toEqual(checkpoint(6));
  expect(warnings).toHaveLength(2);
});
