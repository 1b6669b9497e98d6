// Generated from schemas/sweep.schema.json by `npm run types`; change the schema instead.
// What a user may ask of Slurm for the jobs of a sweep: defaults filled in.

/**
 * What each job asks of Slurm; used with --launcher slurm.
 */
export interface SlurmSettings {
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
