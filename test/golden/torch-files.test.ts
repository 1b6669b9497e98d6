// Checkpoints that PyTorch wrote, old form and new, read to the last digit.
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../src/weights/weights-source.ts';
import { goldenJson, goldenPath } from '../support/golden.ts';

interface Expected {
  dtype: string;
  shape: number[];
  data: number[];
}

const expected = goldenJson('torch-files/tiny_expected.json') as Record<string, Expected>;

describe.each([
  { file: 'tiny_zip.ckpt', form: 'torch-zip' },
  { file: 'tiny_legacy.ckpt', form: 'torch-legacy' },
])('$file', ({ file, form }) => {
  it('holds the tensors that PyTorch put there: a strided view, half, int64, a scalar, a Parameter', async () => {
    const source = await openWeights(goldenPath(`torch-files/${file}`));
    expect(source.form).toBe(form);
    expect([...source.entries.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(expected)) {
      const tensor = await source.read(name);
      expect(tensor.shape, name).toEqual(shape);
      expect(tensor.dtype, name).toBe(dtype.startsWith('torch.int') ? 'int32' : 'float32');
      expect([...tensor.data], name).toEqual(data);
    }
    await source.close();
  });
});
