import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { openWeights } from '../../../src/weights/weights-source.ts';
import { readScalar } from '../../../src/weights/weights.ts';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { UserError } from '../../../src/errors.ts';
import { dict, pickle, storage, tensor } from '../../fixtures/pickle-bytes.ts';
import { zipBytes } from '../../fixtures/zip-bytes.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

const inFolder = folderPerFile();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/torch/${name}`, import.meta.url));

/** One float32 tensor by name. */
function numbers(tensors: Readonly<Record<string, readonly number[]>>): HostTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => [
      name,
      { shape: [values.length], dtype: 'float32', data: Float32Array.from(values) },
    ]),
  );
}

describe('checkpoints of PyTorch 2 (make-torch-files.py)', () => {
  const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<
    string,
    { shape: number[]; data: number[] }
  >;

  it.each([
    { file: 'zip-protocol-2.ckpt', form: 'torch-zip' },
    { file: 'zip-protocol-4.ckpt', form: 'torch-zip' },
    { file: 'legacy.ckpt', form: 'torch-legacy' },
    { file: 'state-dict-only.pth', form: 'torch-zip' },
  ])(
    '$file: every dtype, views, Parameters; objects of unknown classes left alone',
    async ({ file, form }) => {
      const source = await openWeights(fixture(file));
      expect(source.form).toBe(form);
      expect([...source.entries.keys()]).toEqual(Object.keys(expected));
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(source.entries.get(name)?.shape, name).toEqual(shape);
        const read = await source.read(name);
        expect(read.shape, name).toEqual(shape);
        const exact = read.dtype === 'float32' ? data.map(Math.fround) : data;
        expect([...read.data], name).toEqual(exact);
      }
      expect((await source.read('bool')).dtype).toBe('bool');
      expect((await source.read('int64')).dtype).toBe('int32');
      expect(await readScalar(source, 'number')).toBe(Math.fround(0.18215));
      await expect(readScalar(source, 'half')).rejects.toThrow(/not that of a number/);
      await expect(readScalar(source, 'absent')).rejects.toThrow(/no tensor "absent"/);
      await source.close();
    },
  );

  it('are told by their contents, whatever they are called', async () => {
    copyFileSync(fixture('legacy.ckpt'), inFolder('legacy.safetensors'));
    const source = await openWeights(inFolder('legacy.safetensors'));
    expect(source.form).toBe('torch-legacy');
    await source.close();
  });

  it('may be zip64', async () => {
    const members = [
      { name: 'x/data.pkl', data: pickle(dict({ a: tensor(storage('0', 2), [2], [1]) })) },
      { name: 'x/data/0', data: new Uint8Array(Float32Array.of(3, 4).buffer) },
    ];
    const offset = 30 + members[0]!.name.length + members[0]!.data.length;
    const [first, second] = members as [(typeof members)[0], (typeof members)[0]];
    writeFileSync(inFolder('zip64'), zipBytes([first, { ...second, zip64: [8n, 8n, BigInt(offset)] }]));
    const source = await openWeights(inFolder('zip64'));
    expect([...(await source.read('a')).data]).toEqual([3, 4]);
    await source.close();
  });
});

describe('safetensors in shards', () => {
  const index = (map: Record<string, string>): string => JSON.stringify({ metadata: {}, weight_map: map });
  const shards = async (folder: string, map: Record<string, string>): Promise<string> => {
    mkdirSync(inFolder(folder));
    await writeSafetensors(inFolder(`${folder}/one.safetensors`), numbers({ a: [1], b: [2, 3] }));
    await writeSafetensors(inFolder(`${folder}/two.safetensors`), numbers({ c: [4] }));
    writeFileSync(inFolder(`${folder}/model.safetensors.index.json`), index(map));
    return inFolder(folder);
  };
  const good = { a: 'one.safetensors', b: 'one.safetensors', c: 'two.safetensors' };

  it('are one source, by the folder or by the index', async () => {
    const folder = await shards('good', good);
    for (const target of [folder, `${folder}/model.safetensors.index.json`]) {
      const source = await openWeights(target);
      expect(source.form).toBe('sharded');
      expect([...source.entries.keys()]).toEqual(['a', 'b', 'c']);
      expect([...(await source.read('b')).data]).toEqual([2, 3]);
      expect([...(await source.read('c')).data]).toEqual([4]);
      await expect(source.read('d')).rejects.toThrow(UserError);
      await source.close();
    }
  });

  it('may be links, as in the cache of Hugging Face', async () => {
    const folder = await shards('linked', { ...good, c: 'link.safetensors' });
    symlinkSync('two.safetensors', `${folder}/link.safetensors`);
    const source = await openWeights(folder);
    expect([...(await source.read('c')).data]).toEqual([4]);
    await source.close();
  });

  it.each([
    ['a tensor that its shard lacks', { ...good, d: 'two.safetensors' }, /"d" is not in two.safetensors/],
    [
      'a tensor that the index lacks',
      { a: 'one.safetensors', c: 'two.safetensors' },
      /"b" is in one.safetensors/,
    ],
    ['a shard outside the folder', { ...good, c: '../good/two.safetensors' }, /not the name of a file/],
    ['an absolute shard', { ...good, c: '/etc/passwd' }, /not the name of a file/],
  ])('are refused with %s', async (name, map, message) => {
    const folder = await shards(name, map);
    await expect(openWeights(folder)).rejects.toThrow(message);
    await expect(openWeights(folder)).rejects.toThrow(UserError);
  });
});
