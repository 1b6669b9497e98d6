// One walk over the schema knows every path: whatever deals with files derives its list from it.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { completeOverride } from '../../../src/cli/completion/override-keys.ts';
import { loadExperiment } from '../../../src/config/load.ts';
import { mapPaths, pathKeys, pathsIn } from '../../../src/config/paths.ts';
import { dotted } from '../../../src/config/problem.ts';
import { experimentSchema, type SchemaNode } from '../../../src/config/schema.ts';
import type * as Schemas from '../../../src/config/schema.ts';
import { externalFiles } from '../../../src/plan/external-files.ts';
import { checkInstallation } from '../../../src/runner/installation.ts';
import { missingRequirements } from '../../../src/runner/preflight.ts';
import { takeExternals } from '../../../src/runner/prepare-plan.ts';
import { stages } from '../../../src/stages/registry.ts';
import { openStore } from '../../../src/store/store.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';
import { minimal } from '../../support/experiments/experiment-files.ts';

// A copy of the schema with a key that no program knows.
vi.mock('../../../src/config/schema.ts', async (original) => {
  const real = await original<typeof Schemas>();
  const schema = structuredClone(real.experimentSchema()) as {
    definitions: { student: { properties: Record<string, SchemaNode> } };
  } & SchemaNode;
  schema.definitions.student.properties['palette'] = {
    type: 'string',
    format: 'path',
    'x-external': { what: 'the palette', source: 'https://example.org', licence: 'CC0' },
  };
  return { ...real, experimentSchema: () => schema };
});

const folder = folderPerFile();

describe('a path key that is new to the schema', async () => {
  const file = folder('main.yaml');
  await writeFile(file, minimal.replace('sd: {', 'sd: {palette: p.bin, '));
  const { config } = await loadExperiment(file);
  const palette = folder('p.bin');
  const missing = {
    key: 'students.sd.palette',
    problem: `${palette} does not exist`,
    remedy: 'Put the palette there: https://example.org (CC0).',
  };

  it('is made absolute', () => {
    expect(config.students['sd']).toMatchObject({ palette });
  });

  it('is missed before a run, digested once it is there', async () => {
    expect(await missingRequirements(config)).toEqual([missing]);
    const store = openStore(folder('store'));
    await expect(takeExternals({ config, store, stages })).rejects.toThrow(`${palette} does not exist`);
    await writeFile(palette, 'x');
    expect(await missingRequirements(config)).toEqual([]);
    const { fileDigests } = await takeExternals({ config, store, stages });
    expect(fileDigests[palette]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is named by doctor, and completed by files', { timeout: 60_000 }, async () => {
    const findings = await checkInstallation(folder('store'));
    expect(findings.find(({ check }) => check === 'files from elsewhere')?.found).toContain(
      'students.<name>.palette',
    );
    expect(completeOverride('students.sd.palette=', experimentSchema(), config).files).toEqual({
      kind: 'file',
      prefix: 'students.sd.palette=',
    });
  });
});

it('knows the paths of the schema, and whose they are', () => {
  const keys = pathKeys().map(({ key, about }) => [dotted(key), about.keeper ?? about.what]);
  expect(Object.fromEntries(keys)).toEqual({
    'dataset.path': 'dataset',
    'dataset.groundTruth': 'dataset',
    'dataset.list': 'dataset',
    'dataset.synsets': 'dataset',
    'dataset.annotations': 'dataset',
    'autoencoder.checkpoint.path': "the autoencoder's weights",
    'conditioning.encoder.checkpoint.path': "CLIP's text weights",
    'conditioning.encoder.vocabulary': "CLIP's merges",
    'teacher.checkpoint.path': "the teacher's weights",
    'students.<name>.palette': 'the palette',
    'evaluate.extractor.weights':
      'pt_inception-2015-12-05-6726825d.pth (91 MB, sha256 starting with 6726825d)',
    'evaluate.referenceStats': 'statistics of the real images',
    'evaluate.dataset.path': 'dataset',
    'evaluate.dataset.groundTruth': 'dataset',
    'evaluate.dataset.list': 'dataset',
    'evaluate.dataset.synsets': 'dataset',
    'evaluate.dataset.annotations': 'dataset',
  });
});

it('takes every text of the schema that is relative to the YAML file for a path', () => {
  const untold: string[] = [];
  const visit = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, description, format } = node as SchemaNode;
    if (type === 'string' && description?.includes('relative to this YAML file') && format !== 'path')
      untold.push(at);
    for (const [key, inner] of Object.entries(node)) visit(inner, `${at}/${key}`);
  };
  visit(experimentSchema(), '');
  expect(untold).toEqual([]);
});

it('walks by kind: a number of words is no file', async () => {
  const { config } = await loadExperiment('experiments/emoji-text.yaml', [
    'evaluate.dataset={kind: coco, path: a, annotations: b, size: 64}',
    'evaluate.metrics=[fid]',
  ]);
  expect(pathsIn(config).map(({ key, path: found }) => [dotted(key), found])).toEqual([
    ['evaluate.dataset.path', path.resolve('a')],
    ['evaluate.dataset.annotations', path.resolve('b')],
  ]);
  expect(externalFiles(config)).toEqual([]);
  expect(mapPaths(config, () => 'x').evaluate.dataset).toMatchObject({ path: 'x', annotations: 'x' });
});

it('names a file of two keys once, with the one that says where to get it', async () => {
  const { config } = await loadExperiment('experiments/ffhq.yaml');
  expect(externalFiles(config).map(({ key, about }) => [dotted(key), about])).toEqual([
    [
      'teacher.checkpoint.path',
      {
        what: "the teacher's weights",
        source:
          'https://ommer-lab.com/files/latent-diffusion/ffhq.zip (CompVis/latent-diffusion, MIT licence)',
      },
    ],
    ['evaluate.extractor.weights', expect.objectContaining({ licence: 'Apache-2.0' })],
  ]);
});
