// Generated from schemas/sweep.schema.json by `npm run types`; change the schema instead.
// The types of a sweep file: defaults filled in.

/**
 * Many experiments from one: every combination of switches and values, each with several seeds.
 */
export interface Sweep {
  /**
   * Name of the sweep and of its folder in results/: lower-case letters, digits and hyphens.
   */
  readonly name: string;
  /**
   * One or two sentences for the report.
   */
  readonly description: string;
  /**
   * The experiment that all cells start from, relative to this file.
   */
  readonly base: string;
  /**
   * Keys laid over the base, as in an experiment that extends it; null removes a key.
   */
  readonly overrides: {
    readonly [k: string]: unknown;
  };
  /**
   * The one student of the base that the cells train; the others are left out.
   */
  readonly student: string;
  /**
   * Switches of the student: one cell for every combination of off and on, 2^n in all.
   *
   * @minItems 1
   */
  readonly toggles?: readonly ('waveletGating' | 'spatial' | 'freq')[];
  /**
   * Values to try by configuration key (`distill.lambdaF: [0.05, 0.1]`): one cell for every combination.
   */
  readonly axes?: {
    /**
     * Values of this key.
     *
     * @minItems 1
     */
    readonly [k: string]: readonly unknown[];
  };
  /**
   * Seeds of the students and their samples (`studentSeed`), or how many, counted from 0. Autoencoder and teacher keep the experiment's `seed` and are trained once.
   */
  readonly seeds: number | readonly number[];
  readonly slurm: Slurm;
}
/**
 * What each job asks of Slurm; used with --launcher slurm.
 */
export interface Slurm {
  /**
   * Partition; absent: the cluster's default.
   */
  readonly partition?: string;
  /**
   * Account that is charged.
   */
  readonly account?: string;
  /**
   * Quality of service.
   */
  readonly qos?: string;
  /**
   * Time limit of a job, quoted: "30" (minutes), "2:00:00", "1-12:00:00". Work that takes longer goes on in the next run of the job.
   */
  readonly time?: string;
  /**
   * GPUs of a job.
   */
  readonly gpus?: number;
  /**
   * CPU cores of a job, and threads of its engine unless --threads or the experiment's `threads` says how many.
   */
  readonly cpus?: number;
  /**
   * MPI processes of a job, for experiments with `distributed: mpi`; `cpus` is then what each of them has. Absent: one.
   */
  readonly ranks?: number;
  /**
   * Memory of a job: 16G; without a unit in MB.
   */
  readonly memory?: string;
  /**
   * Lowers the priority of the jobs; negative values are for administrators.
   */
  readonly nice?: number;
  /**
   * Cells at a time, unless --jobs says so; absent: as many as Slurm starts.
   */
  readonly maxParallel?: number;
  /**
   * Whether jobs that are preempted, lose their node or reach the time limit go back to the queue; they go on from their last checkpoint.
   */
  readonly requeue: boolean;
  /**
   * How long before the time limit a job saves its checkpoint and goes back to the queue.
   */
  readonly signalSeconds: number;
  /**
   * Further options of sbatch, one each: --constraint=a100.
   */
  readonly sbatch: readonly string[];
  /**
   * Shell lines that run before each job: module load nodejs.
   */
  readonly prolog: readonly string[];
}
