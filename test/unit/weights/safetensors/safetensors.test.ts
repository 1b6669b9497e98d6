import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import type { HostTensors } from '../../../../src/engine/engine.ts';
import { InvariantError, UserError } from '../../../../src/errors.ts';
import { folderPerFile } from '../../../support/temporary-folder.ts';

const inFolder = folderPerFile();

const tensors: HostTensors = {
  weight: { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, -2.5, NaN, Infinity, 1e-40, -0) },
  count: { shape: [], dtype: 'int32', data: Int32Array.of(-(2 ** 31)) },
  mask: { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) },
  nothing: { shape: [0, 4], dtype: 'float32', data: new Float32Array() },
};

describe('safetensors', () => {
  it('gives back what was written', async () => {
    const file = inFolder('tensors');
    await writeSafetensors(file, tensors, { step: '7', format: 'pt' });
    const read = await readSafetensors(file);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ format: 'pt', step: '7' });
  });

  it('writes the bytes of the format, names sorted, data on a multiple of 8', async () => {
    const file = inFolder('bytes');
    await writeSafetensors(file, {
      b: { shape: [1], dtype: 'int32', data: Int32Array.of(258) },
      a: { shape: [1, 1], dtype: 'float32', data: Float32Array.of(1) },
    });
    const bytes = readFileSync(file);
    const header =
      '{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}';
    const length = Math.ceil(header.length / 8) * 8;
    expect(bytes.readBigUInt64LE()).toBe(BigInt(length));
    expect(bytes.toString('latin1', 8, 8 + length)).toBe(header.padEnd(length));
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 2, 1, 0, 0]);
  });

  it('writes the same bytes whatever the order of names and metadata, and leaves nothing else behind', async () => {
    await mkdir(inFolder('order'));
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    await writeSafetensors(inFolder('order/one'), tensors, { a: '1', b: '2' });
    await writeSafetensors(inFolder('order/two'), reversed, { b: '2', a: '1' });
    expect(readFileSync(inFolder('order/one')).equals(readFileSync(inFolder('order/two')))).toBe(true);
    expect(readdirSync(path.dirname(inFolder('order/one')))).toEqual(['one', 'two']);
  });

  it('refuses float64, which sdx does not write', async () => {
    const header = Buffer.from('{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = inFolder('float64');
    await writeFile(file, Buffer.concat([length, header, Buffer.alloc(8)]));
    await expect(readSafetensors(file)).rejects.toThrow(/F64/);
    await expect(readSafetensors(file)).rejects.toThrow(UserError);
  });

  it('takes any name', async () => {
    const file = inFolder('names');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), async (names) => {
        const named = Object.fromEntries(
          names.map((name, i) => [name, { shape: [1], dtype: 'int32' as const, data: Int32Array.of(i) }]),
        );
        await writeSafetensors(file, named);
        expect((await readSafetensors(file)).tensors).toEqual(named);
      }),
      { numRuns: 50, seed: 3, examples: [[['__proto__', '"', '\\', '1', 'constructor']]] },
    );
  });

  it('refuses tensors whose numbers do not fit their shape, as a bug', async () => {
    const wrong = { a: { shape: [2], dtype: 'float32' as const, data: new Float32Array(3) } };
    await expect(writeSafetensors(inFolder('wrong'), wrong)).rejects.toThrow(InvariantError);
  });
});
