// Whether this machine has what the Slurm tests need. Without it they are skipped with a word why; where they must
// run (CI), SDX_REQUIRE_SLURM=1 makes that a failure.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'];

/** '' where everything is there; else what is missing and how to get it. */
export function missingSlurm(): string {
  const missing = programs.filter((name) => !isOnPath(name));
  return missing.length === 0 ? '' : `no ${missing.join(', ')} here; apt-get install slurm-wlm munge`;
}

/** Throws where Slurm is missing and must not be. */
export function requireSlurm(missing: string): void {
  if (missing !== '' && (process.env['SDX_REQUIRE_SLURM'] ?? '') !== '')
    throw new Error(`SDX_REQUIRE_SLURM: ${missing}`);
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
