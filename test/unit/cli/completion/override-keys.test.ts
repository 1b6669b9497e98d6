import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { experimentOf } from '../../../../src/cli/completion/experiment-on-line.ts';
import { completeOverride } from '../../../../src/cli/completion/override-keys.ts';
import { isMapping } from '../../../../src/config/layers.ts';
import { experimentSchema } from '../../../../src/config/schema.ts';
import { root } from '../../../support/root.ts';

const schema = experimentSchema();
const smileys = await experimentOf(path.join(root, 'experiments/smileys.yaml'), []);

const offered = (typed: string, experiment: unknown = smileys) =>
  completeOverride(typed, schema, experiment).candidates.map(({ value }) => value);

/** `students.sd.freq`, ... of everything that a configuration sets. */
function keysOf(value: unknown, prefix = ''): string[] {
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    prefix + key,
    ...keysOf(inner, `${prefix}${key}.`),
  ]);
}

const folder = path.join(root, 'experiments');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));

it.each(files)('every key that %s sets can be reached', async (name) => {
  const experiment = await experimentOf(path.join(folder, name), []);
  const keys = keysOf(experiment).filter((key) => key !== 'extends');
  expect(keys.length).toBeGreaterThan(10);
  for (const key of keys) {
    const found = offered(key, experiment);
    expect([`${key}.`, `${key}=`].some((word) => found.includes(word)) ? '' : key).toBe('');
  }
});

describe('keys', () => {
  it('are those of the schema, one level at a time, with what they mean', () => {
    const { candidates } = completeOverride('', schema, undefined);
    expect(candidates.map(({ value }) => value.replace(/[.=]$/, ''))).toEqual(
      Object.keys(schema.properties ?? {}).filter((key) => key !== 'extends'),
    );
    expect(candidates).toContainEqual({
      value: 'seed=',
      help: 'Seed of every random choice: weights, noise, data order, samples.',
    });
    expect(offered('distill.st')).toContain('distill.steps=');
    expect(offered('teacher.')).toEqual(expect.arrayContaining(['teacher.unet.', 'teacher.train.']));
    expect(offered('no.such.key')).toEqual([]);
    expect(offered('constructor.')).toEqual([]);
  });

  it('are those of the kind that the experiment has', () => {
    expect(offered('dataset.')).toContain('dataset.skinTones=');
    expect(offered('dataset.')).not.toContain('dataset.path=');
    expect(offered('dataset.', { dataset: { kind: 'folder' } })).toContain('dataset.path=');
    expect(offered('dataset.', {})).toEqual(expect.arrayContaining(['dataset.path=', 'dataset.skinTones=']));
  });

  it('include the names that the experiment gives', () => {
    expect(offered('students.')).toEqual(['students.lite.', 'students.sd.']);
    expect(offered('students.sd.')).toContain('students.sd.waveletGating=');
  });
});

describe('values', () => {
  it('are those that the schema lists', () => {
    expect(completeOverride('students.sd.freq=', schema, smileys).candidates).toEqual([
      { value: 'students.sd.freq=true', help: '' },
      { value: 'students.sd.freq=false', help: 'default' },
    ]);
    expect(offered('engine=o')).toEqual(['engine=onnx', 'engine=tensorflow', 'engine=reference']);
    expect(offered('autoencoder.scaleFactor=')).toEqual(
      ['auto', 'checkpoint'].map((word) => `autoencoder.scaleFactor=${word}`),
    );
    expect(offered('dataset.kind=')).toContain('dataset.kind=folder');
    expect(offered('distill.steps=')).toEqual([]);
  });

  it('are files where the key holds a path', () => {
    const { files } = completeOverride('dataset.path=im', schema, undefined);
    expect(files).toEqual({ kind: 'file', prefix: 'dataset.path=' });
    expect(completeOverride('distill.steps=', schema, undefined).files).toBeUndefined();
  });
});
