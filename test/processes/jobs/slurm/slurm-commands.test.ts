import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { slurmCommand } from '../../../../src/jobs/slurm/slurm-commands.ts';
import { fakeCommand } from '../../../support/slurm/fake-slurm.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-commands-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

async function sbatchSays(stderr: string, exitCode: number): Promise<void> {
  await fakeCommand(dir, 'sbatch', `echo '${stderr}' >&2\necho 12\nexit ${exitCode}`);
}

test('stdout of a command that ended well, whatever it warned of', async () => {
  await sbatchSays('sbatch: warning: take care', 0);
  expect(await slurmCommand('sbatch', [])).toBe('12');
});

test('no Slurm on this machine', async () => {
  vi.stubEnv('PATH', dir);
  await expect(slurmCommand('sbatch', [])).rejects.toMatchObject({
    code: 'usage',
    message: 'there is no Slurm here: the command sbatch was not found',
    hint: expect.stringContaining('--launcher local') as string,
  });
});

// What Slurm 22.05 prints.
test.each([
  ['sbatch: error: invalid partition specified: gpu', 'slurm.partition'],
  [
    'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
    'slurm.account',
  ],
  ['sbatch: error: Batch job submission failed: Invalid qos specification', 'slurm.qos'],
  [
    'sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
    'slurm.time',
  ],
  ['sbatch: error: Batch job submission failed: Requested node configuration is not available', 'slurm.cpus'],
  [
    'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user size and/or time limits)',
    'the rest',
  ],
  [
    'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
    'scontrol ping',
  ],
])('%s', async (said, hint) => {
  await sbatchSays(said, 1);
  await expect(slurmCommand('sbatch', [])).rejects.toMatchObject({
    message: `sbatch: ${said.replace('sbatch: error: ', '')}`,
    hint: expect.stringContaining(hint) as string,
  });
});
