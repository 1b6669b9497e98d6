// The package as a program imports it: installed beside the program, run by Node, with types for TypeScript.
import { execa } from 'execa';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderPerFile } from '../support/temporary-folder.ts';
import { writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { root } from '../support/root.ts';

const program = `
import { analyzeExperiment, formatResults, planExperiment, runExperiment, UserError } from 'sdx';

const options = { overrides: ['evaluate.metrics=[spectrum]', 'sample.count=4'], store: 'store', results: 'out', threads: 1 };
const states = async () => (await planExperiment(process.argv[2]!, options)).stages.map(({ explanation }) => explanation.state);
const before = await states();
const started: string[] = [];
const { manifest, resultsFolder } = await runExperiment(process.argv[2]!, {
  ...options,
  onEvent: (event) => {
    if (event.type === 'stage-start') started.push(event.stage);
  },
});
const { analysis } = await analyzeExperiment(process.argv[2]!, ['teacher'], { ...options, overrides: [...options.overrides, 'analyze.count=4', 'analyze.timesteps=2'] });
const refusals: string[] = [];
for (const [file, more] of [['absent.yaml', []], [process.argv[2]!, ['distributed=mpi']]] as const)
  await runExperiment(file, { ...options, overrides: [...options.overrides, ...more] }).catch((error: unknown) => {
    refusals.push(error instanceof UserError ? error.code + ': ' + error.message : String(error));
  });
console.log(
  JSON.stringify({
    before,
    after: await states(),
    started,
    table: formatResults(manifest, 'csv'),
    resultsFolder,
    models: analysis.models.map(({ name }) => name),
    refusals,
  }),
);
`;

interface Told {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly started: readonly string[];
  readonly table: string;
  readonly resultsFolder: string;
  readonly models: readonly string[];
  readonly refusals: readonly string[];
}

describe("import from 'sdx'", () => {
  const at = folderPerFile();
  let experiment: string;

  beforeAll(async () => {
    await mkdir(at('node_modules'), { recursive: true });
    await symlink(root, at('node_modules/sdx'));
    await symlink(path.join(root, 'node_modules/@types'), at('node_modules/@types'));
    await writeFile(at('package.json'), '{ "type": "module" }');
    await writeFile(at('program.ts'), program);
    experiment = await writeSmallExperiment(at());
  });

  it('has types, and runs, plans and analyzes as the commands do', async () => {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const settings = '--strict --module nodenext --target es2023 --types node --skipLibCheck --outDir .';
    const checked = await execa(process.execPath, [tsc, ...settings.split(' '), 'program.ts'], {
      cwd: at(),
      reject: false,
    });
    expect(checked.stdout).toBe('');
    const { stdout } = await execa(process.execPath, ['program.js', experiment], { cwd: at() });
    const told = JSON.parse(stdout) as Told;
    expect(new Set(told.before)).not.toContain('cached');
    expect(new Set(told.after)).toEqual(new Set(['cached']));
    expect(told.started).toContain('distill:sd');
    expect(told.models).toEqual(['teacher']);
    // With changes, in a folder of their own.
    expect(path.dirname(told.resultsFolder)).toBe(path.join(at(), 'out/small'));
    expect(path.basename(told.resultsFolder)).toMatch(
      /^evaluate\.metrics=-spectrum-,sample\.count=4-[0-9a-f]{8}$/,
    );
    expect(await readFile(path.join(told.resultsFolder, 'table.csv'), 'utf8')).toBe(told.table);
    expect(told.refusals).toEqual([
      'input: the experiment file absent.yaml does not exist',
      'usage: a program cannot train over MPI: its processes are those of `mpirun sdx run`',
    ]);
  });
});
