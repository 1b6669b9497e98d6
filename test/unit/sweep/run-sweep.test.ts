import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { InterruptedError } from '../../../src/errors.ts';
import { formatMarkdown } from '../../../src/report/formats/markdown.ts';
import { buildSweepTable } from '../../../src/report/table/sweep-table.ts';
import { readJobState, writeJobState } from '../../../src/jobs/job-state.ts';
import { collectSweep } from '../../../src/sweep/collect-sweep.ts';
import { jobsToRun } from '../../../src/sweep/jobs-to-run.ts';
import { cellResults } from '../../../src/sweep/sweep-folder.ts';
import { runJob, sweepWorld } from '../../support/experiments/sweep-world.ts';

// These tests run whole sweeps: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const toggles = 'name: many\nbase: base.yaml\nstudent: sd\ntoggles: [waveletGating]\nseeds: 2\n';

describe('the plan of a sweep', () => {
  it('shares everything but the students, whose seeds alone differ', async () => {
    const { plan } = await sweepWorld(toggles);
    expect(plan.shared.map(({ id }) => id)).toEqual(['shared-1']);
    const [first, second] = plan.runs.map(({ plan: { nodes } }) => nodes);
    const differing = first!.filter(({ key }, i) => key !== second![i]!.key).map(({ id }) => id);
    expect(differing).toEqual(['distill:sd', 'sample:sd', 'evaluate:sd']);
  });

  it('has one shared job for every teacher', async () => {
    const { plan } = await sweepWorld(
      'name: a\nbase: base.yaml\nstudent: sd\naxes: {teacher.train.steps: [2, 3], distill.steps: [2, 3]}\n',
    );
    expect(plan.runs.map(({ needs }) => needs)).toEqual(['shared-1', 'shared-1', 'shared-2', 'shared-2']);
  });
});

describe('running a sweep', () => {
  it('trains the teacher once, and nothing twice', async () => {
    const { launch, started } = await sweepWorld(toggles);
    const { manifest } = await launch();
    expect(started.filter((id) => id === 'teacher')).toHaveLength(1);
    expect(started.filter((id) => id === 'distill:sd')).toHaveLength(4);
    expect(manifest.cells.flatMap(({ runs }) => runs.map(({ status }) => status))).toEqual(
      Array.from({ length: 4 }, () => 'done'),
    );
    const before = started.length;
    await launch();
    expect(started).toHaveLength(before);
  });

  it('says for which cells a floor is, where they are scored against different images', async () => {
    const floorNames = async (counts: string): Promise<string[]> => {
      const axes = `{evaluate.floors: [true], evaluate.referenceCount: ${counts}, distill.steps: [2, 3]}`;
      const world = await sweepWorld(`name: a\nbase: base.yaml\nstudent: sd\naxes: ${axes}\n`);
      const { rows } = buildSweepTable((await world.launch()).manifest);
      return rows.map(([name]) => name!.text).filter((name) => name.startsWith('real images'));
    };
    expect(await floorNames('[4]')).toEqual(['real images']);
    expect(await floorNames('[4, 8]')).toEqual([
      'real images, floors-true-referencecount4-steps2 and 1 more',
      'real images, floors-true-referencecount8-steps2 and 1 more',
    ]);
  });

  it('lists what failed, and the next launch runs exactly that', async () => {
    const world = await sweepWorld(toggles);
    let calls = 0;
    const { manifest } = await world.launch({
      behaviour: (id) => {
        calls += id === 'distill:sd' ? 1 : 0;
        if (id === 'distill:sd' && calls === 2) throw new Error('diverged\nat step 3');
      },
    });
    const runs = manifest.cells.flatMap((cell) => cell.runs);
    expect(runs.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'wg0-seed0 done',
      'wg0-seed1 done',
      'wg1-seed0 failed', // the second: seed by seed, in each all cells
      'wg1-seed1 done',
    ]);
    expect(runs[2]!.reason).toMatch(/diverged at step 3/);
    const table = formatMarkdown(buildSweepTable(manifest));
    expect(table).toMatch(/wg1 .*12\.50.*1\/2/);
    expect(table).toMatch(/wg1-seed0: failed \(.*diverged/);
    const todo = await jobsToRun(world.folder, world.plan, world.store);
    expect(todo).toEqual({ shared: [], cells: ['wg1-seed0'] });
    world.started.length = 0;
    const again = await world.launch();
    expect(world.started).toEqual(['distill:sd', 'sample:sd', 'evaluate:sd']);
    expect(
      again.manifest.cells.flatMap(({ runs: [...all] }) => all).every(({ status }) => status === 'done'),
    ).toBe(true);
  });

  it('goes on from checkpoints after an interruption', async () => {
    const world = await sweepWorld(toggles);
    await world.launch({
      behaviour: (id) => {
        if (id === 'distill:sd') throw new InterruptedError();
      },
    });
    expect(await readJobState(world.folder, 'wg0-seed0')).toMatchObject({ status: 'interrupted' });
    expect(
      (await collectSweep(world.sweep, world.plan, world.folder)).manifest.cells[0]!.runs[0]!.status,
    ).toBe('missing');
    await world.launch();
    const { nodes } = world.plan.runs[0]!.plan;
    const artifact = await world.store.find(nodes.find(({ id }) => id === 'distill:sd')!.key);
    expect(artifact?.summary['startedAt']).toBe(2);
  });

  it('results of another configuration do not count', async () => {
    const world = await sweepWorld(toggles);
    await world.launch();
    const file = path.join(cellResults(world.folder), 'many-wg1-seed1', 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { stages: { key: string }[] };
    manifest.stages.at(-1)!.key = '0'.repeat(32);
    await writeFile(file, JSON.stringify(manifest));
    expect((await jobsToRun(world.folder, world.plan, world.store)).cells).toEqual(['wg1-seed1']);
    await rm(cellResults(world.folder), { recursive: true });
    const todo = await jobsToRun(world.folder, world.plan, world.store);
    expect([todo.shared.length, todo.cells.length]).toEqual([0, 4]);
  });

  it('a job keeps its state: process, times, and the Slurm job that started it', async () => {
    const world = await sweepWorld(toggles);
    await world.launch();
    await writeJobState(world.folder, { id: 'wg0-seed0', status: 'submitted', slurmJob: '12_3' });
    const { state } = await runJob(world.folder, 'wg0-seed0');
    expect(state).toMatchObject({
      status: 'done',
      exitCode: 0,
      slurmJob: '12_3',
      process: { pid: process.pid },
    });
    expect(Date.parse(state!.finished!)).toBeGreaterThanOrEqual(Date.parse(state!.started!));
    expect(await readJobState(world.folder, 'wg0-seed0')).toEqual(state);
  });
});
