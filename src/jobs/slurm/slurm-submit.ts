// Submits batches one after another, each knowing the job ids of those before. Files are written before Slurm hears of
// a batch, so a crash in between loses nothing that the queue does not know.
import { UserError } from '../../errors.ts';
import { writeJobState } from '../job-state.ts';
import type { LaunchEvent } from '../launcher.ts';
import { shellCommand, shellQuote } from './shell-quote.ts';
import { slurmCommand } from './slurm-commands.ts';
import { batchFiles, listText, nextBatchNumber, slurmJobName, writeBatch } from './slurm-files.ts';
import { slurmScript } from './slurm-script.ts';
import type { SlurmSettings } from './slurm-settings.generated.ts';
import path from 'node:path';

/** The queue's job id by the launch's job id; grows with every submission. */
export type SlurmJobs = Map<string, string>;

/** A job as Slurm shall run it. */
export interface JobCommand {
  /** File-name safe, the same at every launch. */
  readonly id: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** Jobs that one array holds, and what it waits for. */
export interface JobBatch {
  /** `shared`, `cells`, ...: part of the names of its files. */
  readonly name: string;
  /** One task each, in order. */
  readonly jobs: readonly JobCommand[];
  /** Id of a job that must have ended well. */
  readonly needs?: string;
  /** Ids of jobs that must all have ended well. */
  readonly needsAll?: readonly string[];
  /** Starts only when the batch before has ended. */
  readonly follows?: boolean;
  /** Tasks at a time; absent or 0: no limit. */
  readonly atOnce?: number;
}

export interface SubmitterOptions {
  /** Absolute; jobs/, logs/ and slurm/ are there, and the jobs are named after it. */
  readonly folder: string;
  /** Describe everything, submit and write nothing. */
  readonly dryRun: boolean;
  readonly onEvent?: (event: LaunchEvent<never>) => void;
}

/** One call of sbatch. */
export interface Submission {
  /** `0002-cells`. */
  readonly name: string;
  readonly ids: readonly string[];
  /** The job id, or a stand-in in a dry run. */
  readonly job: string;
  readonly sbatch: readonly string[];
  readonly script: string;
  readonly list: string;
}

export class Submitter {
  readonly #options: SubmitterOptions;
  readonly #settings: SlurmSettings;
  readonly #jobs: SlurmJobs;
  readonly #submissions: Submission[] = [];
  #number: number;

  private constructor(options: SubmitterOptions, settings: SlurmSettings, jobs: SlurmJobs, number: number) {
    this.#options = options;
    this.#settings = settings;
    this.#jobs = jobs;
    this.#number = number;
  }

  /** `jobs`: what is in the queue already. */
  static async open(options: SubmitterOptions, settings: SlurmSettings, jobs: SlurmJobs): Promise<Submitter> {
    return new Submitter(options, settings, jobs, await nextBatchNumber(options.folder));
  }

  get submissions(): readonly Submission[] {
    return this.#submissions;
  }

  /** Throws UserError('usage') with what sbatch said. */
  async submit(batch: JobBatch): Promise<Submission> {
    const waits: string[] = [];
    const needed = this.#jobsOf(batch);
    if (needed.length > 0) waits.push(`afterok:${needed.join(':')}`);
    const before = this.#submissions.at(-1);
    if (batch.follows === true && before !== undefined) waits.push(`afterany:${before.job}`);
    const lines = batch.jobs.map(({ id, command }) => ({
      id,
      command: `${shellCommand(command)} >/dev/null`, // events; the rest is logged
    }));
    const states = batch.jobs.map(({ id }) => id);
    await this.#mark(states, 'submitted');
    try {
      return await this.#sbatch(batch.name, lines, waits, batch.atOnce ?? 0);
    } catch (error) {
      await this.#mark(states, 'pending');
      throw error;
    }
  }

  /** What is still in the queue of what the batch needs: of one job its task, of several their whole arrays. */
  #jobsOf({ needs, needsAll = [] }: JobBatch): string[] {
    const task = needs === undefined ? undefined : this.#jobs.get(needs);
    const arrays = needsAll.flatMap((id) => this.#jobs.get(id)?.split('_')[0] ?? []);
    return [...new Set([...(task === undefined ? [] : [task]), ...arrays])];
  }

  /** Submits the job that writes the sweep's results, by `command`, when all the others have ended, well or not. */
  async collect(command: readonly string[]): Promise<void> {
    const arrays = [...this.#jobs].filter(([id]) => id !== collectId).map(([, job]) => job.split('_')[0]!);
    await this.#sbatch(
      'collect',
      [{ id: collectId, command: shellCommand(command) }],
      [`afterany:${[...new Set(arrays)].join(':')}`],
      0,
    );
  }

  async #sbatch(
    name: string,
    lines: readonly { readonly id: string; readonly command: string }[],
    waits: readonly string[],
    atOnce: number,
  ): Promise<Submission> {
    const { folder, dryRun, onEvent } = this.#options;
    const files = batchFiles(folder, this.#number, name);
    const script = slurmScript({
      jobName: slurmJobName(folder),
      list: files.list,
      tasks: lines.length,
      atOnce: atOnce < lines.length ? atOnce : 0,
      output: files.output,
      logs: path.join(folder, 'logs'),
      cwd: process.cwd(),
      ranks: name === 'collect' ? 1 : (this.#settings.ranks ?? 1),
      settings: this.#settings,
    });
    const list = listText(lines);
    const args = [
      '--parsable',
      ...(waits.length > 0 ? [`--dependency=${waits.join(',')}`] : []),
      files.script,
    ];
    const shortName = path.basename(files.script, '.sbatch');
    let job = `<${shortName}>`;
    if (!dryRun) {
      await writeBatch(files, list, script);
      job = jobIdOf(await slurmCommand('sbatch', args));
      onEvent?.({ type: 'info', message: `submitted ${shortName} as job ${job}: ${lines.length} tasks` });
    }
    this.#number++;
    const submission: Submission = {
      name: shortName,
      ids: lines.map(({ id }) => id),
      job,
      sbatch: ['sbatch', ...args],
      script,
      list,
    };
    this.#submissions.push(submission);
    for (const [task, { id }] of lines.entries()) this.#jobs.set(id, `${job}_${task}`);
    return submission;
  }

  async #mark(ids: readonly string[], status: 'submitted' | 'pending'): Promise<void> {
    const { folder, dryRun, onEvent } = this.#options;
    if (dryRun) return;
    await Promise.all(
      ids.map(async (id) => {
        await writeJobState(folder, { id, status });
        onEvent?.({ type: 'job', job: id, state: { id, status } });
      }),
    );
  }
}

export const collectId = 'collect';

/** `--parsable` prints `<job>` or `<job>;<cluster>`. */
function jobIdOf(stdout: string): string {
  const id = /^(\d+)/m.exec(stdout)?.[1];
  if (id === undefined)
    throw new UserError('usage', `sbatch printed no job id: ${stdout.trim()}`, {
      hint: 'look for the job with `squeue --me` before you submit again',
    });
  return id;
}

/** A dry run as text: every command, with the files it would write. */
export function describeSubmissions(submissions: readonly Submission[]): string {
  return submissions
    .map(
      ({ name, sbatch, script, list }) =>
        `# ${name}: ${sbatch.map(shellQuote).join(' ')}\n${script}\n# ${name}.list\n${list}`,
    )
    .join('\n');
}
