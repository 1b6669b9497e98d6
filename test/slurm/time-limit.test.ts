// Jobs that are longer than their time limit, on a real Slurm: they save and go on, and stop where that leads nowhere.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { readQueue } from '../../src/jobs/slurm/slurm-queue.ts';
import { readCurrentStates } from '../../src/jobs/slurm/slurm-status.ts';
import { slurmLauncher } from '../../src/jobs/slurm/slurm.ts';
import { loadSweep } from '../../src/sweep/load-sweep.ts';
import { planSweep } from '../../src/sweep/plan-sweep.ts';
import { sweepFolder, writeSweepFolder } from '../../src/sweep/sweep-folder.ts';
import { fakeStages } from '../support/stages/fake-stages.ts';
import { idle, scriptOutput } from '../support/slurm/queue-waits.ts';
import { describeOnSlurm, slurmSite } from '../support/slurm/slurm-suite.ts';
import { writeSweep } from '../support/experiments/small-sweep.ts';

const site = slurmSite();

/** Runs `command` as the only job of a sweep, with a minute that Slurm warns of after some seconds, to its end. */
async function runToTheEnd(folder: string, id: string, command: readonly string[]): Promise<string> {
  const settings = { time: '1', signalSeconds: 55, requeue: true, sbatch: [], prolog: [] };
  await slurmLauncher(settings).launch({
    sweep: path.basename(folder),
    folder,
    shared: [],
    cells: [{ id, experimentFile: '' }],
    command: () => command,
    readEvent: () => undefined,
    collect: ['true'],
    jobs: 0,
    dryRun: false,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
  await idle(site.cluster, folder, 240);
  return scriptOutput(folder, '0001-cells-0.out');
}

describeOnSlurm("Slurm's time limit", () => {
  test('before it a job saves, goes back to the queue and goes on', async () => {
    const folder = path.join(site.dir, 'store', 'sweeps', 'timed');
    const marker = path.join(site.dir, 'saved');
    const work = `[ -e ${marker} ] && exit 0; trap 'touch ${marker}; exit 130' USR2; while :; do sleep 0.1; done`;
    const output = await runToTheEnd(folder, 'a', ['bash', '-c', work]);
    expect((await readQueue(folder)).get('a')?.state).toBe('COMPLETED');
    for (const words of [
      'the time limit is near, saving',
      'back to the queue',
      'run 2',
      'ended with exit code 0',
    ])
      expect(output).toContain(words);
  });

  test('a job that makes no progress stops at the second one, with a remedy', async () => {
    const id = 'base-seed0';
    const sweep = await loadSweep(await writeSweep(site.dir, 'stuck', ''));
    const store = openStore(path.join(site.dir, 'store'));
    const folder = sweepFolder(store.dir, 'stuck');
    const { signal } = new AbortController();
    const plan = await planSweep({ sweep, store, stages: fakeStages().stages, signal });
    await store.prepare();
    await writeSweepFolder(folder, plan, { sweep: 'stuck', file: sweep.file, launcher: 'slurm' });

    const script = fileURLToPath(new URL('../support/slurm/stuck-cell.ts', import.meta.url));
    const output = await runToTheEnd(folder, id, [
      ...[process.execPath, '--import', import.meta.resolve('tsx'), script, folder, id],
    ]);
    expect(output.match(/back to the queue/g)).toHaveLength(1);
    expect(output).toMatch(/run 2\n[^]*ended with exit code 1\n/);
    const { states } = await readCurrentStates(folder, [id]);
    expect(states).toMatchObject([
      { status: 'failed', error: expect.stringContaining('no progress in 2 runs') as string },
    ]);
    expect(await readFile(path.join(folder, 'logs', `${id}.log`), 'utf8')).toMatch(
      /error: stage dataset: no progress in 2 runs .*\n {2}hint: raise slurm\.time/,
    );
  });
});
