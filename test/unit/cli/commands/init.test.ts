// `sdx init`: every template validates where it is and where it is written to.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initCommand } from '../../../../src/cli/commands/init.ts';
import { templateNames, type InitOptions } from '../../../../src/cli/options.ts';
import { loadExperiment } from '../../../../src/config/load.ts';
import { networksOf } from '../../../../src/config/networks.ts';

const templates = path.resolve(import.meta.dirname, '../../../../experiments/templates');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-init-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function init(file: string, template: InitOptions['template'] = 'quickstart'): Promise<string> {
  let text = '';
  await initCommand(
    file,
    { template },
    {
      stdout: { write: (part) => (text += part) },
      stderr: { write: () => true },
      isTty: false,
      color: false,
      signal: new AbortController().signal,
    },
  );
  return text;
}

it('the choices are the files', async () => {
  const files = await readdir(templates);
  expect(files.map((file) => file.replace('.yaml', '')).sort()).toEqual([...templateNames].sort());
});

describe.each(templateNames)('%s', (template) => {
  it('validates, without warnings, and its networks fit', async () => {
    const { config, warnings } = await loadExperiment(path.join(templates, `${template}.yaml`));
    expect(warnings).toEqual([]);
    expect(Object.keys(networksOf(config).students)).toEqual(['lite', 'sd']);
  });

  it('validates where it is written, under the name of its file, with its schema', async () => {
    const file = path.join(dir, 'deeper', 'My flowers 2.yaml');
    expect(await init(file, template)).toBe(`${file}\n`);
    const written = await loadExperiment(file);
    const { config } = await loadExperiment(path.join(templates, `${template}.yaml`));
    expect(written.config.name).toBe('my-flowers-2');
    expect(written.config.teacher).toEqual(config.teacher);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain('templates');
    const schema = /\$schema=(\S+)/.exec(text)![1]!;
    expect(JSON.parse(await readFile(path.resolve(path.dirname(file), schema), 'utf8'))).toHaveProperty(
      '$schema',
    );
  });
});

it('overwrites nothing', async () => {
  const file = path.join(dir, 'mine.yaml');
  await init(file);
  const before = await readFile(file, 'utf8');
  await expect(init(file, 'class')).rejects.toMatchObject({ code: 'usage', message: /exists already/ });
  expect(await readFile(file, 'utf8')).toBe(before);
});

it('refuses names of other files, and folders that cannot be', async () => {
  await expect(init('mine')).rejects.toMatchObject({ code: 'usage', message: 'mine does not end in .yaml' });
  const file = path.join(dir, 'mine.yaml');
  await init(file);
  for (const within of [path.join(file, 'a.yaml'), path.join(file, 'b', 'a.yaml')])
    await expect(init(within)).rejects.toMatchObject({ code: 'input', message: /a\.yaml cannot be written/ });
});
