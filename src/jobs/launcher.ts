// Launchers run the jobs of a sweep: child processes here (local) or a cluster's jobs (slurm). A job is one call of
// `sdx cell <folder> <id>`, which runs one experiment and keeps jobs/<id>.json up to date whoever started it.
//
//   <store>/sweeps/<sweep>/sweep.json        the jobs and what they are made of
//                          cells/<id>.yaml   the experiment of a job, resolved
//                          jobs/<id>.json    where a job stands (job-state.ts)
//                          logs/<id>.log     what it said
//                          results/          results folders of the cells
//
// A single experiment on Slurm (slurm-chain.ts) has a folder of the same kind: submitted-run.ts.
import type { JobState } from './job-state.ts';

export interface CellJob {
  /** File-name safe, the same at every launch: `wg1-sp0-fr1-seed2`; shared jobs `shared-1`, ... */
  readonly id: string;
  /** Absolute path of cells/<id>.yaml. */
  readonly experimentFile: string;
  /** Id of the shared job that must have ended well before this one starts; absent where there is none to wait for. */
  readonly needs?: string;
}

/** What a launcher tells while it works; it never prints. `Event`: what a job tells of its own work. */
export type LaunchEvent<Event> =
  | { readonly type: 'job'; readonly job: string; readonly state: JobState }
  | { readonly type: 'run'; readonly job: string; readonly event: Event }
  | { readonly type: 'info' | 'warning'; readonly message: string };

export interface LaunchRequest<Event> {
  readonly sweep: string;
  /** `<store>/sweeps/<sweep>`, absolute; cells/, jobs/ and logs/ are there. */
  readonly folder: string;
  /** Come first: each trains what several cells share (autoencoder, latents, reference, teacher). */
  readonly shared: readonly CellJob[];
  /** Only what is not done yet. */
  readonly cells: readonly CellJob[];
  /** Program and arguments that run a job: `node ... sdx cell <folder> <id> --json`. Events go to its stdout. */
  readonly command: (job: CellJob) => readonly string[];
  /** The event that a job has printed as a line; undefined for other lines. */
  readonly readEvent: (line: string) => Event | undefined;
  /** Program and arguments that write the sweep's results folder; for launchers that return before the jobs end. */
  readonly collect: readonly string[];
  /** Jobs at a time; 0 is for the launcher to choose. */
  readonly jobs: number;
  /** Prepare and describe everything, start nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LaunchEvent<Event>) => void;
}

/** For launchers that do not hear what their jobs print. */
export type SubmitRequest = Omit<LaunchRequest<never>, 'readEvent'>;

export interface LaunchOutcome {
  /** `finished`: every job has ended, well or not. `submitted`: they run without us. `planned`: dry run. */
  readonly status: 'finished' | 'submitted' | 'interrupted' | 'planned';
  /** For the reader: submitted jobs, scripts of a dry run. */
  readonly text?: string;
}

export interface Launcher {
  readonly name: 'local' | 'slurm';
  /** Runs or submits the jobs. Throws UserError where it cannot start any. */
  launch<Event>(request: LaunchRequest<Event>): Promise<LaunchOutcome>;
  /** Stops the jobs of the sweep in `folder` that run or wait, and returns their ids. */
  cancel(folder: string): Promise<readonly string[]>;
}
