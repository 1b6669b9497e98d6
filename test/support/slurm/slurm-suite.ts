// What every suite on a real Slurm begins with: it is skipped with a word why where Slurm is missing, and while it
// runs there is a cluster and a folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import type { ClusterSettings } from './cluster-config.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { missingSlurm, requireSlurm } from './require-slurm.ts';

/** `alsoMissing`: what else the suite needs and is not here, in words; '' if nothing. */
export function describeOnSlurm(name: string, tests: () => void, { alsoMissing = '' } = {}): void {
  const missingHere = missingSlurm();
  requireSlurm(missingHere);
  const missing = missingHere || alsoMissing;
  const title = missing === '' ? name : `${name} (skipped: ${missing})`;
  describe.skipIf(missing !== '')(title, { timeout: 400_000 }, tests);
}

/** Both are there from the first hook or test on. */
export interface SlurmSite {
  readonly cluster: Cluster;
  /** For the files of the tests. */
  readonly dir: string;
}

/** Call at the top of a test file. Slurm's commands in this process find the cluster, too. */
export function slurmSite(settings: ClusterSettings = {}): SlurmSite {
  const site = {} as { -readonly [key in keyof SlurmSite]: SlurmSite[key] };
  beforeAll(async () => {
    site.dir = await mkdtemp(path.join(tmpdir(), 'sdx-slurm-test-'));
    site.cluster = await startCluster(settings);
    vi.stubEnv('SLURM_CONF', site.cluster.env['SLURM_CONF']);
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await site.cluster.stop();
    await rm(site.dir, { recursive: true, force: true, maxRetries: 5 });
  }, 60_000);
  return site;
}
