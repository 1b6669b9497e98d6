import { describe, expect, it } from 'vitest';
import path from 'node:path';
import { loadExperiment } from '../../../src/config/load.ts';
import { networksOf } from '../../../src/config/networks.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

const load = async (...overrides: string[]) =>
  loadExperiment(path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml'), overrides);
const problems = (...overrides: string[]) => problemsOf({ 'main.yaml': minimal }, ...overrides);

describe("the students' methods", () => {
  it.each([
    ['students.x={method: block-removal}', 'students.x lacks blocks, which the method block-removal needs'],
    ['students.x={spatial: true}', 'students.x lacks modelChannels, which the method spectral needs'],
    [
      'students.x={modelChannels: 32, blocks: small}',
      'students.x.blocks: the method spectral has no such key; it is of block-removal',
    ],
    [
      'students.x={method: consistency, waveletGating: true}',
      'students.x.waveletGating: the method consistency has no such key; it is of spectral',
    ],
    [
      'students.x={method: block-removal, blocks: base}',
      'students.x.blocks: base keeps one block of each level, which is all that the teacher has (teacher.unet.numResBlocks is 1); take small or tiny',
    ],
    [
      'students.x={method: consistency, sample: {sampler: lcm, steps: 100}}',
      'students.x: the sampler lcm takes at most 50 steps, not 100',
    ],
  ])('%s is refused', async (override, problem) => {
    expect(await problems('teacher.unet.numResBlocks=1', override)).toContain(
      `override #2 \`${override}\`: ${problem}`,
    );
  });

  it('refuses consistency of models that are told classes', async () => {
    const override = 'students.x={method: consistency}';
    expect(await problems('conditioning={kind: class, classes: 2, width: 32}', override)).toContain(
      `override #2 \`${override}\`: students.x.method: consistency is for models that are told nothing, and conditioning.kind is class`,
    );
  });

  it('warns of consistency students that another sampler draws, and of lcm for others', async () => {
    const { warnings } = await load(
      ...[
        'students.x={method: consistency}',
        'students.y={modelChannels: 32, sample: {sampler: lcm, steps: 4}}',
      ],
    );
    const text = JSON.stringify(warnings);
    expect(text).toMatch(/students.x: a student of the method consistency is trained for the sampler lcm/);
    expect(text).toMatch(/students.y: the sampler lcm is for students of the method consistency/);
  });

  it("takes the teacher's network, whole or without blocks", async () => {
    const { config } = await load(
      ...['students.x={method: consistency}', 'students.y={method: block-removal, blocks: small}'],
    );
    const { teacher, students } = networksOf(config);
    expect(students['x']).toEqual(teacher);
    expect(students['y']).toEqual({ ...teacher, numResBlocks: 1, middle: 'none' });
  });
});
