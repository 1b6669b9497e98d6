// The exact words of every kind of mistake, and the place they point to.
import { describe, expect, it } from 'vitest';
import { experimentSchema, sweepSchema } from '../../../src/config/schema.ts';
import { minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

const problems = (from: string, to: string) => problemsOf({ 'main.yaml': minimal.replace(from, to) });

describe('schema problems', () => {
  it.each([
    // unknown keys
    [
      'waveletGating',
      'waveletGate',
      '8:27: students.sd.waveletGate is not a known key; did you mean waveletGating?',
    ],
    [
      'learningRate: 1e-3}\n',
      'learning_rate: 1e-3, learningRate: 1}\n',
      '6:35: teacher.train.learning_rate is not a known key; did you mean learningRate?',
    ],
    [
      '{steps: 2, batchSize: 2',
      '{lr: 1, steps: 2, batchSize: 2',
      '6:11: teacher.train.lr is not a known key; did you mean learningRate?',
    ],
    ['spatial: true', 'lambdaS: 1', '8:48: students.sd.lambdaS is not a known key; it belongs to distill'],
    [
      'size: 32',
      'size: 32, maxCorrupt: 1',
      '2:34: dataset.maxCorrupt is not a known key; it belongs to dataset (kind: folder), dataset (kind: zip), dataset (kind: lsun-lmdb) and 9 more',
    ],
    ['{kind: none}', '{kind: none, foo: 1}', '3:27: autoencoder.foo is not a known key; known here: kind'],
    // kinds and choices
    [
      'kind: emoji',
      'kind: emojis',
      '2:17: dataset.kind: "emojis" is not one of emoji, avatars, folder, zip, lsun-lmdb, imagenet, webdataset, coco; did you mean emoji?',
    ],
    [
      'kind: emoji',
      'kind: 3',
      '2:17: dataset.kind: 3 is not one of emoji, avatars, folder, zip, lsun-lmdb, imagenet, webdataset, coco',
    ],
    [
      'kind: emoji, ',
      '',
      '2:1: dataset.kind is missing; one of emoji, avatars, folder, zip, lsun-lmdb, imagenet, webdataset and coco',
    ],
    [
      'name: tiny',
      'name: tiny\nengine: onx',
      '2:9: engine: "onx" is not one of onnx, tensorflow, reference; did you mean onnx?',
    ],
    // types
    ['size: 32', 'size: "abc"', '2:30: dataset.size: "abc" is a string; an integer is needed'],
    ['size: 32', 'size: 32.5', '2:30: dataset.size: 32.5 is a number; an integer is needed'],
    ['size: 32', 'size: .inf', '2:30: dataset.size: Infinity is a number; an integer is needed'],
    [
      'freq: true',
      'freq: yes',
      '8:69: students.sd.freq: "yes" is a string; true or false is needed; did you mean true?',
    ],
    ['[1, 2]', '2', '5:42: teacher.unet.channelMult: 2 is a number; a list is needed'],
    ['[1, 2]', '[1, x]', '5:46: teacher.unet.channelMult[1]: "x" is a string; an integer is needed'],
    ['{kind: none}', 'null', '3:14: autoencoder: null is nothing; a mapping of keys is needed'],
    ['{kind: none}', '[none]', '3:14: autoencoder: ["none"] is a list; a mapping of keys is needed'],
    // missing
    [
      ', size: 32',
      '',
      '2:1: dataset.size is missing (Side of the training images in pixels, after a centre crop)',
    ],
    [
      'name: tiny\n',
      '',
      '1:1: name is missing (Name of the experiment and of its folder in results/: lower-case letters, digits and hyphens)',
    ],
    // ranges and forms
    ['size: 32', 'size: 4', '2:30: dataset.size: 4 is too small; 8 or more is needed'],
    [
      'learningRate: 1e-3',
      'learningRate: 0',
      '6:49: teacher.train.learningRate: 0 is too small; more than 0 is needed',
    ],
    [
      'learningRate: 1e-3',
      'learningRate: 1, beta1: 1',
      '6:59: teacher.train.beta1: 1 is too large; less than 1 is needed',
    ],
    [
      'modelChannels: 32',
      'modelChannels: 48',
      '8:23: students.sd.modelChannels: 48 is not a multiple of 32, the groups of its norms (teacher.unet.normGroups)',
    ],
    ['[1, 2]', '[]', '5:42: teacher.unet.channelMult: the list is empty'],
    [
      'name: tiny',
      'name: Tiny',
      '1:7: name: "Tiny" does not match ^[a-z0-9][a-z0-9-]*$ (Name of the experiment and of its folder in results/: lower-case letters, digits and hyphens)',
    ],
    [
      '  sd:',
      '  SD:',
      '8:3: students.SD: a name consists of at most 100 lower-case letters, digits and hyphens',
    ],
    [
      'name: tiny',
      'name: tiny\nseed: 4294967296',
      '2:7: seed: 4294967296 is too large; 4294967295 or less is needed',
    ],
    [
      'modelChannels: 32',
      'modelChannels: 1000000000',
      '8:23: students.sd.modelChannels: 1000000000 is too large; 65536 or less is needed',
    ],
    [
      '[1, 2]',
      `[${Array(17).fill(1).join(', ')}]`,
      '5:42: teacher.unet.channelMult: the list is too long; 16 items are allowed',
    ],
    // alternatives
    [
      '{kind: none}',
      '{kind: kl, channels: 32, channelMult: [1], zChannels: 4, embedDim: 4, scaleFactor: aut}',
      '3:97: autoencoder.scaleFactor: "aut" is not possible; a number above 0, auto or checkpoint is needed',
    ],
    [
      '{kind: none}',
      '{kind: kl, channels: 32, channelMult: [1], zChannels: 4, embedDim: 4, scaleFactor: -1}',
      '3:97: autoencoder.scaleFactor: -1 is too small; more than 0 is needed',
    ],
    [
      'distill: {',
      'distill: {taps: up, ',
      '9:17: distill.taps: "up" is not possible; all or a list is needed',
    ],
    [
      'distill: {',
      'distill: {taps: [up], ',
      '9:18: distill.taps[0]: "up" does not match ^((down|up)\\.[0-9]+|output)$',
    ],
    ['distill: {', 'distill: {taps: [up.0, up.0], ', '9:17: distill.taps: "up.0" is in the list twice'],
  ])('%s -> %s', async (from, to, problem) => {
    expect(minimal).toContain(from);
    expect(await problems(from, to)).toEqual([`main.yaml:${problem}`]);
  });

  it('bounds every number and name', async () => {
    const unbounded: string[] = [];
    const visit = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type } = node as { readonly type?: unknown };
      const isNumber = type === 'integer' || type === 'number';
      if (isNumber && !('maximum' in node || 'exclusiveMaximum' in node)) unbounded.push(at);
      for (const [key, inner] of Object.entries(node)) visit(inner, `${at}/${key}`);
    };
    visit(experimentSchema(), '');
    visit(sweepSchema(), 'sweep');
    expect(unbounded).toEqual([]);
    expect(await problems('name: tiny', `name: ${'a'.repeat(300)}`)).toEqual([
      'main.yaml:1:7: name: the text is too long; 100 characters are allowed',
    ]);
  });

  it('collects all of them in the order of the file', async () => {
    const broken = minimal
      .replace('size: 32', 'size: a')
      .replace('numHeads', 'numHead')
      .replace('freq: true', 'freq: 1');
    expect(await problemsOf({ 'main.yaml': broken })).toEqual([
      'main.yaml:2:30: dataset.size: "a" is a string; an integer is needed',
      'main.yaml:5:77: teacher.unet.numHead is not a known key; did you mean numHeads?',
      'main.yaml:8:69: students.sd.freq: 1 is a number; true or false is needed',
    ]);
  });

  it('lists 30 and counts the rest', async () => {
    const extra = Array.from({ length: 40 }, (_, i) => `zzzz${i}: 1`).join('\n');
    const lines = await problemsOf({ 'main.yaml': `${minimal}${extra}\n` });
    expect(lines).toHaveLength(31);
    expect(lines.at(-1)).toBe('and 10 more');
  });
});
