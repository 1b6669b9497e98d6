// Every file that is damaged, lies or means harm is refused with a message that says what is wrong; nothing in it runs.
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../src/weights/weights-source.ts';
import { UserError } from '../../../src/errors.ts';
import {
  corruptFiles,
  harmfulPickles,
  longPickle,
  validSafetensors,
  validTorchZip,
} from '../../fixtures/make-corrupt-files.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

const inFolder = folderPerFile();

/** Opens a file and reads all that it holds. */
async function readAll(file: string): Promise<number> {
  const source = await openWeights(file);
  try {
    let elements = 0;
    for (const name of source.entries.keys()) elements += (await source.read(name)).data.length;
    return elements;
  } finally {
    await source.close();
  }
}

async function refusal(file: string): Promise<UserError> {
  const error: unknown = await readAll(file).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) throw new Error(`not refused: ${String(error)}`, { cause: error });
  return error;
}

describe('a weights file', () => {
  it.each(corruptFiles)('is refused: $name', async ({ name, bytes, message }) => {
    const file = inFolder(name);
    writeFileSync(file, bytes);
    const error = await refusal(file);
    expect(error.message).toMatch(message);
    expect(error.code).toBe('input');
    expect(error.hint).toBeDefined();
    expect(error.message.length).toBeLessThan(400);
  });

  const trace = inFolder('trace');
  it.each(harmfulPickles(trace))('runs nothing: $name', async ({ name, bytes, message }) => {
    const file = inFolder(name);
    writeFileSync(file, bytes);
    expect((await refusal(file)).message).toMatch(message);
    expect(existsSync(trace)).toBe(false);
  });

  it('is refused when it is a folder without weights, a device or not there', async () => {
    mkdirSync(inFolder('folder'));
    expect((await refusal(inFolder('folder'))).message).toMatch(/holds no weights/);
    expect((await refusal('/dev/zero')).message).toMatch(/is not a file/);
    expect((await refusal(inFolder('absent'))).message).toMatch(/cannot open/);
  });

  it.each([
    { form: 'safetensors', valid: validSafetensors() },
    { form: 'torch zip', valid: validTorchZip() },
    { form: 'torch legacy', valid: readFileSync(legacyFile()) },
  ])(
    'with flipped or lost bytes gives a UserError or numbers, never anything else ($form)',
    async ({ form, valid }) => {
      const file = inFolder(`fuzz-${form}`);
      await writeFile(file, valid);
      expect(await readAll(file)).toBeGreaterThan(0);
      const byte = fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 }));
      const change = fc.array(byte, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(change, fc.option(fc.nat(valid.length), { freq: 10 }), async (flips, length) => {
          const bytes = Buffer.from(valid);
          for (const [at, mask] of flips) bytes[at]! ^= mask;
          await writeFile(file, bytes.subarray(0, length ?? bytes.length));
          const outcome: unknown = await readAll(file).catch((error: unknown) => error);
          if (typeof outcome !== 'number' && !(outcome instanceof UserError)) throw outcome;
        }),
        { numRuns: 400, seed: 7 },
      );
    },
  );
});

function legacyFile(): URL {
  return new URL('../../golden/torch-files/tiny_legacy.ckpt', import.meta.url);
}

describe('what hostile files cost', () => {
  it('a short pickle that calls again and again with a long list is refused early', async () => {
    const file = inFolder('calls.ckpt');
    const pairs = 'h\x02'.repeat(100_000);
    // Memo 0: OrderedDict, 2: a pair, 1: a list of it; then again and again: recall 0 and 1, tuple, call, pop.
    const calls = 'h\x00h\x01\x85R0'.repeat(100_000);
    const bytes = longPickle(
      'ccollections\nOrderedDict\nq\x000NN\x86q\x020](',
      pairs,
      'eq\x010',
      calls,
      'N.',
    );
    expect(bytes.length).toBeLessThan(1_000_000);
    writeFileSync(file, bytes);
    const start = process.cpuUsage();
    expect((await refusal(file)).message).toMatch(/it calls with more than is reasonable/);
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });

  it('a header of 89 MB of keys is refused before it is read', async () => {
    const file = inFolder('keys.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(89_000_000n);
    writeFileSync(file, Buffer.concat([length, Buffer.from('{"')]));
    truncateSync(file, 89_000_100);
    const start = process.cpuUsage();
    expect((await refusal(file)).message).toMatch(/its header has 89000000 bytes, over/);
    expect(process.cpuUsage(start).user).toBeLessThan(500_000);
  });
});
