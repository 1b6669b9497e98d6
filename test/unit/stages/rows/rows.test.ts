// Pieces of rows after an interruption and damage: whatever happened to the files, the rows are those of an undisturbed
// run, and what is still sound is not computed again.
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../../src/errors.ts';
import { computeRows, joinPieces, type RowWork } from '../../../../src/stages/rows/rows.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const temporary = folderPerTest();
let computed: number[];
let warnings: string[];

const [count, rowBytes] = [22, 5];

function row(index: number): Uint8Array {
  return Uint8Array.from({ length: rowBytes }, (_, i) => 7 * index + i + 1);
}

/** Pieces of 8 rows in batches of 2; `stopAt` interrupts before that row. */
function work(stopAt = Infinity): RowWork {
  return {
    ...{ name: 'rows', extension: '.bin', count, batchSize: 2, pieceSize: 8, rowBytes },
    head: (rows) => Uint8Array.of(255, rows),
    open: () =>
      Promise.resolve({
        compute: async ({ from, to }, write) => {
          for (let start = from; start < to; start += 2) {
            if (start >= stopAt) throw new InterruptedError();
            computed.push(start);
            await write(Buffer.concat([row(start), row(start + 1)]), start);
          }
        },
        dispose: () => Promise.resolve(),
      }),
    finish: ({ from }) => Promise.resolve({ first: from }),
  };
}

const workDir = (): string => temporary('work');

async function compute(of: RowWork): Promise<{ bytes: string; facts: unknown[] }> {
  const { pieces } = await computeRows(
    {
      workDir: workDir(),
      emit: (event) => {
        if (event.type === 'warning') warnings.push(event.message);
      },
    },
    of,
  );
  await joinPieces(pieces, temporary('joined'));
  return { bytes: await readFile(temporary('joined'), 'hex'), facts: pieces.map(({ facts }) => facts) };
}

async function undisturbed(): Promise<Awaited<ReturnType<typeof compute>>> {
  const result = await compute(work());
  await rm(workDir(), { recursive: true });
  await mkdir(workDir());
  [computed, warnings] = [[], []];
  return result;
}

beforeEach(async () => {
  await mkdir(workDir());
  [computed, warnings] = [[], []];
});

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at]! ^= 4;
  await writeFile(file, bytes);
}

const piece = (name: string): string => path.join(workDir(), `rows-${name}.bin`);

describe('a piece at work', () => {
  it('goes on after the last sound batch', async () => {
    const whole = await undisturbed();
    await expect(compute(work(14))).rejects.toThrow(InterruptedError);
    computed = [];
    expect(await compute(work())).toEqual(whole);
    expect(computed).toEqual([14, 16, 18, 20]);
    expect(warnings).toEqual([]);
  });

  it.each<[string, (part: string) => Promise<void>, number, number]>([
    ['a flipped bit in the second batch', (part) => flip(part, 2 + 13), 10, 1],
    ['a flipped bit in the head', (part) => flip(part, 1), 8, 1],
    ['cut within a batch', (part) => truncate(part, 2 + 14), 10, 0],
    ['empty', (part) => truncate(part, 0), 8, 0],
    ['zeros', async (part) => writeFile(part, Buffer.alloc((await readFile(part)).length)), 8, 1],
    ['a flipped bit in the log', (part) => flip(`${part}.log`, 36), 10, 1],
    ['no log', (part) => rm(`${part}.log`), 8, 1],
  ])('%s: computed again from there', async (_, damage, from, warned) => {
    const whole = await undisturbed();
    await expect(compute(work(14))).rejects.toThrow(InterruptedError);
    computed = [];
    await damage(`${piece('000008-000016')}.part`);
    expect(await compute(work())).toEqual(whole);
    expect(computed[0]).toBe(from);
    expect(warnings).toHaveLength(warned);
  });
});

describe('a finished piece', () => {
  it.each<[string, (file: string) => Promise<void>]>([
    ['a flipped bit', (file) => flip(file, 9)],
    ['cut short', (file) => truncate(file, 9)],
    ['empty', (file) => truncate(file, 0)],
    ['a flipped bit in what is known of it', (file) => flip(`${file}.json`, 40)],
    ['without what is known of it', (file) => rm(`${file}.json`)],
    [
      'in place of another',
      async (file) => {
        const other = piece('000000-000008');
        for (const end of ['', '.json']) {
          await rename(`${file}${end}`, temporary('swap'));
          await rename(`${other}${end}`, `${file}${end}`);
          await rename(temporary('swap'), `${other}${end}`);
        }
      },
    ],
  ])('%s: set aside and computed again', async (name, damage) => {
    const whole = await undisturbed();
    await compute(work());
    computed = [];
    await damage(piece('000008-000016'));
    expect(await compute(work())).toEqual(whole);
    expect(computed).toEqual(name === 'in place of another' ? [0, 2, 4, 6, 8, 10, 12, 14] : [8, 10, 12, 14]);
    expect(warnings[0]).toMatch(/is damaged: .*; it was moved to .*\.damaged-/);
    const aside = (await readdir(workDir())).filter((file) => file.includes('.damaged-'));
    expect(aside).toHaveLength(warnings.length);
  });

  it('is not computed again where it is sound', async () => {
    const whole = await undisturbed();
    await compute(work());
    computed = [];
    expect(await compute(work())).toEqual(whole);
    expect(computed).toEqual([]);
  });
});
