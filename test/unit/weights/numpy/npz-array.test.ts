import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { npzNames, openNpzRows } from '../../../../src/weights/numpy/npz-array.ts';
import { readNpz } from '../../../../src/weights/numpy/npz.ts';

const fixture = (name: string): string => path.join(import.meta.dirname, '../../../fixtures/npz', name);

it('lists the arrays', async () => {
  expect([...(await npzNames(fixture('stored.npz')))]).toEqual(
    expect.arrayContaining(['mu', 'sigma', 'arr_0', 'fortran']),
  );
});

describe.each(['stored', 'deflated'])('rows of an array that is %s', (form) => {
  const file = fixture(`${form}.npz`);

  it('are those of the whole array, in any order', async () => {
    const { arr_0: whole } = await readNpz(file, ['arr_0']);
    const rows = await openNpzRows(file, 'arr_0');
    expect(rows.shape).toEqual([2, 2, 2, 3]);
    const [second, first] = [await rows.row(1), await rows.row(0)];
    expect([...first, ...second]).toEqual([...whole!.data]);
    await rows.close();
  });

  it.each([
    ['f4', '"f4" in', '<f4'],
    ['fortran', '"fortran" in', 'column-major'],
    ['scalar', '"scalar" in', '<f8'],
    ['nothing', 'it holds no "nothing"', 'nothing'],
  ])('are refused for %s', async (name, ...messages) => {
    for (const message of messages) await expect(openNpzRows(file, name)).rejects.toThrow(message);
  });
});
