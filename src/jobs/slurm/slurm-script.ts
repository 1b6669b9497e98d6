// The text of a batch script. One task of the array runs one line of the list beside it: the id of a job and its
// command. Two signals mean different things: USR1 goes to the shell alone, shortly before the time limit, and is
// passed on as USR2, by which sdx knows that its time was used up; TERM (preemption, scancel) goes to every process of
// the job at once, so passing it on would be a second one, at which sdx stops without saving.
import type { SlurmSettings } from './slurm-settings.generated.ts';
import { shellQuote } from './shell-quote.ts';

export interface SlurmScript {
  readonly jobName: string;
  /** Absolute path of the list; also the job's comment, by which the queue's jobs are told apart. */
  readonly list: string;
  /** Lines in the list. */
  readonly tasks: number;
  /** Tasks at a time; 0 for no limit. */
  readonly atOnce: number;
  /** Absolute; where Slurm's own messages go, `%a` being the task. */
  readonly output: string;
  /** Absolute folder of what the jobs say, one file per job. */
  readonly logs: string;
  readonly cwd: string;
  /** Processes of each task, started by srun where there are several. */
  readonly ranks: number;
  readonly settings: SlurmSettings;
}

/** The exit code by which sdx says that it was stopped and has saved its work. */
const interrupted = 130;

export function slurmScript(script: SlurmScript): string {
  const options = sbatchOptions(script).map((option) => `#SBATCH ${option}`);
  return `#!/bin/bash
# Written by sdx; submitted again by the same command of sdx, not by hand.
${options.join('\n')}

read -r id command < <(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellQuote(script.list)})
say() { echo "$(date +%FT%T) $id: $*"; }
say "job $SLURM_JOB_ID on $(hostname), run $((\${SLURM_RESTART_COUNT:-0} + 1))"
child=
trap 'say "the time limit is near, saving"; [ -z "$child" ] || kill -USR2 $child' USR1
trap 'say "told to stop, saving"' TERM
${[...script.settings.prolog, ''].join('\n')}eval "exec ${script.ranks > 1 ? `${srun(script.ranks)} ` : ''}$command" >>${shellQuote(script.logs)}/"$id.log" 2>&1 &
child=$!
wait $child
while kill -0 $child 2>/dev/null; do wait $child; done # a signal ends a wait, not the child
wait $child
code=$?
${script.settings.requeue ? requeueLines : ''}say "ended with exit code $code"
exit $code
`;
}

/**
 * SLURM_MPI_TYPE is srun's own variable. srun does not pass on the job's cores per task by itself, and without --wait
 * leaves the other ranks waiting for one that has died.
 */
function srun(ranks: number): string {
  const each = '--cpus-per-task=${SLURM_CPUS_PER_TASK:-1}';
  return `srun --mpi=\${SLURM_MPI_TYPE:-pmix} --wait=60 --ntasks=${ranks} ${each}`;
}

/** A preempted or lost job is in the queue already, a cancelled one must not come back: only a running one asks. */
const requeueLines = `if [ $code = ${interrupted} ] && [ "$(squeue -h -j "$SLURM_JOB_ID" -o %T)" = RUNNING ]; then
  say "stopped and saved, back to the queue"
  trap - TERM
  scontrol requeue "$SLURM_JOB_ID" && exec sleep 60 # until Slurm ends this run
fi
`;

function sbatchOptions({
  jobName,
  list,
  tasks,
  atOnce,
  output,
  cwd,
  ranks,
  settings,
}: SlurmScript): string[] {
  const { partition, account, qos, time, gpus, cpus, memory, nice } = settings;
  const given: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['job-name', jobName],
    ['comment', list],
    ['array', `0-${tasks - 1}${atOnce > 0 ? `%${atOnce}` : ''}`],
    ['output', output],
    ['open-mode', 'append'],
    ['chdir', cwd],
    ['nodes', ranks > 1 ? undefined : 1],
    ['ntasks', ranks],
    ['kill-on-invalid-dep', 'yes'],
    ['signal', `B:USR1@${settings.signalSeconds}`],
    ['partition', partition],
    ['account', account],
    ['qos', qos],
    ['time', time],
    ['gpus', gpus],
    ['cpus-per-task', cpus],
    ['mem', memory],
    ['nice', nice],
  ];
  return [
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${optionValue(value)}`])),
    settings.requeue ? '--requeue' : '--no-requeue',
    ...settings.sbatch,
  ];
}

/** As sbatch reads it from a script: quoted where it holds blanks. */
function optionValue(value: string | number): string {
  const text = String(value);
  return /[\s"'\\#]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text;
}
