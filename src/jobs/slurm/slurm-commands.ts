// The commands of Slurm that sdx calls, and what their failures mean to a user.
import { execFile } from 'node:child_process';
import { systemErrorCode } from '../../files/system-errors.ts';
import { UserError } from '../../errors.ts';

export type SlurmCommand = 'sbatch' | 'squeue' | 'scancel' | 'scontrol';

const patienceMs = 60_000;
/** A line of squeue takes some 200 bytes. */
const maxOutput = 1 << 30;

/** Runs a command of Slurm; its stdout. Throws UserError('usage') with what Slurm said where it fails. */
export async function slurmCommand(name: SlurmCommand, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: patienceMs, maxBuffer: maxOutput };
    const child = execFile(name, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trimEnd());
      else reject(slurmFailure(name, error, stderr));
    });
    child.stdin?.end();
  });
}

function slurmFailure(name: SlurmCommand, error: Error, stderr: string): UserError {
  if (systemErrorCode(error) === 'ENOENT')
    return new UserError('usage', `there is no Slurm here: the command ${name} was not found`, {
      hint: 'run this on a login node of the cluster, or use --launcher local',
    });
  const unsaid = 'killed' in error && error.killed === true ? 'no answer within a minute' : error.message;
  const said = slurmSaid(stderr) || unsaid;
  return new UserError('usage', `${name}: ${said}`, { hint: hintFor(said) });
}

/** Without the prefixes of Slurm's error lines. */
function slurmSaid(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^(?:\w+: )?(?:error|fatal): /, '').trim());
  return [...new Set(lines.filter((line) => line !== ''))].join('; ');
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /invalid partition|partition.*(?:not|unavail)/i,
    'correct slurm.partition; `sinfo -s` lists the partitions',
  ],
  [
    /invalid account|account.*combination/i,
    'correct slurm.account, slurm.partition or slurm.qos; `sacctmgr show assoc user=$USER` lists yours',
  ],
  [/invalid qos/i, 'correct slurm.qos; `sacctmgr show qos` lists what there is'],
  [
    /submit.*limit|job count|too many/i,
    'wait until some jobs have ended and run the same command again: it submits the rest',
  ],
  [/time limit/i, 'lower slurm.time; `sinfo` shows the limits of the partitions'],
  [
    /(?:node|cpu|memory|gres).*(?:configuration|not available|specification)|more processors/i,
    'lower slurm.cpus, slurm.memory or slurm.gpus; `scontrol show node` shows what nodes have',
  ],
  [
    /unable to contact|connection refused|no answer|configuration source/i,
    'the controller does not answer (`scontrol ping`); run the same command again later',
  ],
];

function hintFor(said: string): string {
  return (
    hints.find(([pattern]) => pattern.test(said))?.[1] ??
    'correct `slurm` in the sweep file, or --sbatch, and run the same command again'
  );
}
