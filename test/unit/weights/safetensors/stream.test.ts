import { readFile, readdir, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { streamSafetensors } from '../../../../src/weights/safetensors/stream.ts';
import { writeSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const tensors = {
  'b.weight': { shape: [2, 3], dtype: 'float32' as const, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  'a.bias': { shape: [2], dtype: 'float32' as const, data: Float32Array.of(-1, 0.5) },
  scale: { shape: [], dtype: 'float32' as const, data: Float32Array.of(0.18215) },
};

describe('a streamed safetensors file', () => {
  const temporary = folderPerTest();
  let target: string;
  beforeEach(() => {
    target = temporary('streamed.safetensors');
  });

  it('has the bytes of one written at once, tensors read in the order of their names', async () => {
    const order: string[] = [];
    const pending = Object.entries(tensors).map(([name, { shape, data }]) => ({
      name,
      shape,
      read: () => {
        order.push(name);
        return Promise.resolve(data);
      },
    }));
    await streamSafetensors(target, pending, { format: 'pt' });
    const whole = temporary('whole.safetensors');
    await writeSafetensors(whole, tensors, { format: 'pt' });
    expect(await readFile(target)).toEqual(await readFile(whole));
    expect(order).toEqual(['a.bias', 'b.weight', 'scale']);
  });

  it('leaves the old file where a tensor cannot be read', async () => {
    await writeFile(target, 'old');
    const failing = [{ name: 'a', shape: [1], read: () => Promise.reject(new Error('unreadable')) }];
    await expect(streamSafetensors(target, failing)).rejects.toThrow('unreadable');
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await readdir(temporary())).toEqual(['streamed.safetensors']);
  });

  it.each([
    [[{ name: 'a', shape: [2] }], /a has 1 elements for \[2\]/],
    [
      [
        { name: 'a', shape: [1] },
        { name: 'a', shape: [1] },
      ],
      /a is written twice/,
    ],
  ])('refuses lies (%#)', async (given, message) => {
    const pending = given.map((tensor) => ({ ...tensor, read: () => Promise.resolve(new Float32Array(1)) }));
    await expect(streamSafetensors(target, pending)).rejects.toThrow(message);
  });
});
