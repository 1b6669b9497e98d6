// Configurations made to cost much: each is refused, or read, in little time, and nothing but regular files is opened.
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { parseYaml } from '../../../src/config/parse.ts';
import { detectSweep } from '../../../src/sweep/detect-sweep.ts';
import { loadSweep } from '../../../src/sweep/load-sweep.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

/** Seconds of this process that `work` may take; most cases need a twentieth. */
const limit = 2;

async function secondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  return process.cpuUsage(before).user / 1e6;
}

function refusalOf(text: string): string {
  try {
    parseYaml(text, { file: 'x', positions: true });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('YAML', () => {
  const megabyte = 1_000_000;
  const filled = (part: string, start = ''): string =>
    (start + part.repeat(megabyte / part.length)).slice(0, megabyte);

  it.each([
    ['12 kB of aliases', `a: &a [x]\nb: [${Array(5800).fill('*a').join()}]`, 'more than 1000 aliases'],
    ['35 kB of keys', Array.from({ length: 4000 }, (_, i) => `k${i}: 1`).join('\n'), 'more than 2000 keys'],
    [
      'keys in braces',
      `{${Array.from({ length: 4000 }, (_, i) => `k${i}: 1`).join()}}`,
      'more than 2000 keys',
    ],
    ['brackets', filled('['), 'nested too deeply'],
    ['braces', filled('{a: '), 'nested too deeply'],
    ['lists in lists', filled('- '), 'nested too deeply'],
    ['keys in keys', filled('? '), 'nested too deeply'],
    ['values in values', filled(': '), 'nested too deeply'],
    [
      'indentation',
      Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'nested too deeply',
    ],
    ['lines', filled('\n'), 'too many parts'],
    ['comments', filled('#\n'), 'too many parts'],
    ['anchors', filled('&a '), 'too many parts'],
    ['tags', filled('!a '), 'too many parts'],
    ['documents', filled('---\n'), 'too many parts'],
    ['directives', filled('%a\n'), 'too many parts'],
    ['ends', filled(']'), 'too many parts'],
    ['items', filled('-\n'), 'more than 20000 values'],
    ['open quotes', filled('\n', '"'), 'Missing closing'],
    ['escapes', filled('\\', '"'), 'Missing closing'],
    ['more than 1 MB', `${filled('a')}a`, 'larger than 1 MB'],
  ])('%s', async (_, text, message) => {
    let refusal = '';
    expect(await secondsOf(() => (refusal = refusalOf(text)))).toBeLessThan(limit);
    expect(refusal).toContain(message);
  });

  it.each([
    ['aliases within the limit', `a: &a [x]\nb: [${Array(900).fill('*a').join()}]`],
    ['long words', filled('a')],
    ['long lines', filled(' x\n', 'a: |\n')],
    ['folded lines', filled(' y\n', 'a: x\n')],
    ['quotes', filled("''", "'a'")],
  ])('%s', async (_, text) => {
    expect(await secondsOf(() => refusalOf(text))).toBeLessThan(limit);
  });

  it('unknown keys: each is looked up among the known', { timeout: 60_000 }, async () => {
    const unknown = Array.from({ length: 1900 }, (_, i) => `learningRat${i}: 1`).join('\n');
    let problems: string[] = [];
    const work = async () => (problems = await problemsOf({ 'main.yaml': `${minimal}${unknown}\n` }));
    expect(await secondsOf(work)).toBeLessThan(2 * limit);
    expect(problems.at(-1)).toBe('and 1870 more');
  });
});

describe('what is no regular file', () => {
  it('is not read as an experiment, as what it extends, or as a sweep', async () => {
    const folder = await folderWith({
      'main.yaml': 'extends: /dev/zero\nname: a\n',
      'sweep.yaml': 'name: s\nbase: /dev/zero\nstudent: sd\n',
    });
    const file = path.join(folder, 'main.yaml');
    await expect(loadExperiment('/dev/zero')).rejects.toMatchObject({
      code: 'input',
      message: 'the experiment file /dev/zero is a device, not a file',
    });
    await expect(loadExperiment(folder)).rejects.toThrow('is a folder, not a file');
    await expect(loadExperiment(file)).rejects.toMatchObject({
      message: 'the experiment file /dev/zero is a device, not a file',
      where: { file, line: 1, column: 10 },
    });
    await expect(loadSweep('/dev/zero')).rejects.toThrow('the sweep file /dev/zero is a device, not a file');
    await expect(loadSweep(path.join(folder, 'sweep.yaml'))).rejects.toThrow('/dev/zero is a device');
    expect(await detectSweep('/dev/zero')).toBeUndefined();
  });

  it('may be a socket', async () => {
    const socket = path.join(await folderWith({}), 's');
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(loadExperiment(socket)).rejects.toMatchObject({ code: 'input' });
  });
});
