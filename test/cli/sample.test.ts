// `sdx sample` on models in the store, as if a run had trained them.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { publishRun, side } from '../support/experiments/published-run.ts';
import { writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { root } from '../support/root.ts';

const few = ['sample.steps=2', 'sample.eta=0', 'sample.gridColumns=2', 'sample.gridRows=2'];
let folder: string;
let plain: string;
let byClass: string;
let byCaption: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-sample-'));
  process.chdir(folder);
  process.env['SDX_STORE'] = path.join(folder, 'store');
  plain = await writeSmallExperiment(folder);
  byClass = await writeSmallExperiment(folder, 'class');
  byCaption = await writeSmallExperiment(folder, 'text');
  for (const experiment of [plain, byClass, byCaption]) await publishRun(experiment, 'store', 1); // so that conditions show
});
afterAll(async () => {
  process.chdir(root);
  delete process.env['SDX_STORE'];
  await rm(folder, { recursive: true });
});

/** `sdx sample <experiment> teacher <changes> <options>`; it must end well. */
async function draw(experiment: string, ...options: readonly string[]): Promise<string> {
  const ended = await sdxInProcess('sample', experiment, 'teacher', ...few, '--threads', '1', ...options);
  expect({ exitCode: ended.exitCode, stderr: ended.stderr }).toMatchObject({ exitCode: 0 });
  return ended.stdout;
}

/** The same, for a mistake: what is said, and that nothing was sampled. */
async function refused(experiment: string, ...options: readonly string[]): Promise<string> {
  const before = await readdir('store/artifacts');
  const ended = await sdxInProcess('sample', experiment, 'teacher', ...few, '--seed', '99', ...options);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(await readdir('store/artifacts')).toEqual(before);
  return ended.stderr;
}

/** Single images that are drawn with these options, as pixels. */
async function images(experiment: string, name: string, ...options: readonly string[]): Promise<Buffer[]> {
  await draw(experiment, '--images', name, ...options);
  const names = (await readdir(name)).sort();
  return Promise.all(names.map((file) => sharp(path.join(name, file)).raw().toBuffer()));
}

async function facts(file: string) {
  const { format, width, height, pages, delay, loop } = await sharp(file, { animated: true }).metadata();
  return { format, width, height: pages === undefined ? height : height / pages, pages, delay, loop };
}

describe('files', () => {
  it('are a grid by default, named after the model', async () => {
    expect(await draw(plain, '--count', '3')).toBe('teacher.png');
    expect(await facts('teacher.png')).toMatchObject({
      format: 'png',
      width: 2 * side + 6,
      height: 2 * side + 6,
    });
  });

  it('have the format of their ending, and pixels as large as asked for', async () => {
    expect(await draw(plain, '--count', '3', '--output', 'deep/grid.webp', '--scale', '3')).toBe(
      'deep/grid.webp',
    );
    expect(await facts('deep/grid.webp')).toMatchObject({ format: 'webp', width: 6 * side + 6 });
    await draw(plain, '--count', '3', '--output', 'grid.JPG');
    expect(await facts('grid.JPG')).toMatchObject({ format: 'jpeg', width: 2 * side + 6 });
    // The enlarged grid is that of the stage, each pixel nine times.
    const small = await sharp('teacher.png')
      .extract({ left: 2, top: 2, width: side, height: side })
      .raw()
      .toBuffer();
    const large = await sharp('deep/grid.webp')
      .extract({ left: 2, top: 2, width: 3 * side, height: 3 * side })
      .resize(side, side, { kernel: 'nearest' })
      .raw()
      .toBuffer();
    expect([...large]).toEqual([...small]);
  });

  it('are refused where their ending says no format, before anything is sampled', async () => {
    expect(await refused(plain, '--output', 'grid.tiff')).toMatch(
      /grid\.tiff does not end in a format of pictures/,
    );
    expect(await refused(plain, '--output', 'grid')).toMatch(/png, jpg, jpeg, webp/);
    expect(await refused(plain, '--gif', 'steps.png')).toMatch(
      /steps\.png does not end in a format of animations/,
    );
  });

  it('are not overwritten without --force', async () => {
    await writeFile('mine.png', 'mine');
    expect(await refused(plain, '--output', 'mine.png')).toMatch(/mine\.png is there already\n.*--force/);
    expect(await readFile('mine.png', 'utf8')).toBe('mine');
    await writeFile('mine.gif', 'mine');
    expect(await refused(plain, '--gif', 'mine.gif')).toMatch(/mine\.gif is there already/);
    await draw(plain, '--count', '3', '--output', 'mine.png', '--force');
    expect(await facts('mine.png')).toMatchObject({ format: 'png' });
  });
});

describe('--images', () => {
  it('writes each image, and no grid', async () => {
    expect(await draw(plain, '--count', '5', '--images', 'generated', '--scale', '2')).toBe('generated');
    expect((await readdir('generated')).sort()).toEqual([0, 1, 2, 3, 4].map((i) => `00000${i}.png`));
    expect(await facts('generated/000004.png')).toMatchObject({
      format: 'png',
      width: 2 * side,
      height: 2 * side,
    });
    const { exitCode, stdout } = await sdxInProcess('fid', 'generated', 'generated', '--json');
    expect({ exitCode, fid: (JSON.parse(stdout) as { fid: number }).fid }).toEqual({
      exitCode: 0,
      fid: expect.closeTo(0, 3) as number,
    });
  });

  it('takes no folder that holds anything without --force, which replaces the images and nothing else', async () => {
    await writeFile('generated/notes.txt', 'mine');
    expect(await refused(plain, '--images', 'generated')).toMatch(
      /the folder .*generated is not empty\n.*--force/,
    );
    expect(await refused(plain, '--images', 'generated/notes.txt')).toMatch(/notes\.txt is a file/);
    await draw(plain, '--count', '2', '--images', 'generated', '--force');
    expect((await readdir('generated')).sort()).toEqual(['000000.png', '000001.png', 'notes.txt']);
  });
});

describe('settings', () => {
  it('change the samples of this model alone, and --json tells them', async () => {
    const told = JSON.parse(
      await draw(
        plain,
        '--count',
        '1',
        '--sampler',
        'heun',
        '--steps',
        '4',
        '--seed',
        '3',
        '--output',
        'heun.png',
        '--json',
      ),
    ) as object;
    expect(told).toMatchObject({
      ...{ model: 'teacher', count: 1, seed: 3, sampler: 'heun', steps: 4, eta: 0 },
      files: { grid: 'heun.png' },
    });
    const eta = JSON.parse(
      await draw(plain, '--count', '1', '--eta', '1', '--output', 'eta.png', '--json'),
    ) as object;
    expect(eta).toMatchObject({ sampler: 'ddim', steps: 2, eta: 1 });
    expect(eta).not.toHaveProperty('guidanceScale');
  });

  it('are refused where they do not fit', async () => {
    expect(await refused(plain, '--sampler', 'heun', '--eta', '1')).toMatch(/the sampler heun takes no eta/);
    expect(await refused(plain, '--sampler', 'euler')).toMatch(/ddim, dpm-solver\+\+, heun, ancestral/);
    expect(await refused(plain, '--steps', '7')).toMatch(/DDIM cannot spread exactly 7 steps/);
    expect(await refused(plain, '--guidance', '2')).toMatch(
      /--guidance: the models of small are told nothing/,
    );
    expect(await refused(plain, '--prompt', 'a dog')).toMatch(
      /--prompt: the models of small are told no captions/,
    );
    expect(await refused(byCaption, '--class', 'dog')).toMatch(
      /--class: the models of small are told no classes/,
    );
    const unknown = await sdxInProcess('sample', plain, 'huge', '--steps', '4');
    expect(unknown).toMatchObject({ exitCode: 2 });
    expect(unknown.stderr).toMatch(/has no model huge/);
  });
});

describe('conditions', () => {
  it('are classes by name or number, in turn', async () => {
    const named = await images(byClass, 'named', '--class', 'dog', '--class', 'bird', '--count', '3');
    const numbered = await images(byClass, 'numbered', '--class', '2', '--class', '0', '--count', '3');
    expect(named).toHaveLength(3);
    expect(numbered).toEqual(named);
    const other = await images(byClass, 'other', '--class', 'cat', '--count', '3');
    expect(other[0]).not.toEqual(named[0]);
    const ended = await sdxInProcess(
      'sample',
      byClass,
      'teacher',
      ...few,
      '--class',
      'cow',
      '--output',
      'cow.png',
    );
    expect(ended).toMatchObject({ exitCode: 2 });
    expect(ended.stderr).toMatch(/there is no class cow\n.*bird, cat, dog/);
  });

  it('are captions, one image each where no count is given', async () => {
    const two = await images(byCaption, 'two', '--prompt', 'a red heart', '--prompt', 'a leaf');
    expect(two).toHaveLength(2);
    const one = await images(byCaption, 'one', '--prompt', 'a red heart');
    expect(one).toEqual([two[0]]);
    expect(await images(byCaption, 'another', '--prompt', 'a leaf')).not.toEqual(one);
  });

  it('are followed as far as --guidance says', async () => {
    const [without] = await images(byClass, 'w1', '--class', 'dog', '--count', '1');
    const [guided] = await images(byClass, 'w4', '--class', 'dog', '--count', '1', '--guidance', '4');
    expect(guided).not.toEqual(without);
  });
});

describe('animations', () => {
  it('show how the images become what they are', async () => {
    expect(await draw(plain, '--count', '3', '--gif', 'becoming.gif', '--steps', '4')).toBe('becoming.gif');
    const { delay, ...told } = await facts('becoming.gif');
    expect(told).toEqual({ format: 'gif', width: 2 * side + 6, height: 2 * side + 6, pages: 5, loop: 0 });
    expect(delay!.at(-1)).toBeGreaterThan(delay![0]!);
    await draw(plain, '--count', '3', '--steps', '4', '--gif', 'becoming.webp', '--output', 'become.png');
    expect(await facts('becoming.webp')).toMatchObject({ format: 'webp', pages: 5 });
    // The last frame is the grid of the samples.
    const last = await sharp('becoming.webp', { page: 4 }).removeAlpha().raw().toBuffer();
    expect(last.equals(await sharp('become.png').raw().toBuffer())).toBe(true);
  });

  it('are the way between two seeds with --interpolate, from the first sample of one to that of the other', async () => {
    const way = await images(plain, 'way', '--interpolate', '3,14', '--count', '4', '--gif', 'way.gif');
    expect(way).toHaveLength(4);
    expect(await facts('way.gif')).toMatchObject({ format: 'gif', width: side, height: side, pages: 4 });
    const [from] = await images(plain, 'from', '--seed', '3', '--count', '1');
    const [to] = await images(plain, 'to', '--seed', '14', '--count', '1');
    expect([way[0], way.at(-1)]).toEqual([from, to]);
    expect(way[1]).not.toEqual(from);
  });

  it.each(['3', '3,', '3,4,5', 'a,b', '-1,2', '1,4294967296'])('need two seeds: %s', async (seeds) => {
    const ended = await sdxInProcess(
      'sample',
      plain,
      'teacher',
      `--interpolate=${seeds}`,
      '--output',
      'seeds.png',
    );
    expect(ended).toMatchObject({ exitCode: 2 });
    expect(ended.stderr).toMatch(/does not name two seeds/);
  });

  it('take their seeds from one option', async () => {
    expect(await refused(plain, '--interpolate', '1,2')).toMatch(/--seed: --interpolate names the seeds/);
  });
});
