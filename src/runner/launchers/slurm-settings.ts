// What a user may ask of Slurm for the jobs of a sweep: the key `slurm` of a sweep file. Defaults and meanings are in
// schemas/sweep.schema.json; what is absent is left to the cluster.

export interface SlurmSettings {
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  /** As sbatch reads it: `30` (minutes), `2:00:00`, `1-12:00:00`. */
  readonly time?: string;
  readonly gpus?: number;
  readonly cpus?: number;
  /** Of a job's node: `16G`. */
  readonly memory?: string;
  readonly nice?: number;
  /** Cells at a time; absent: as many as Slurm starts. */
  readonly maxParallel?: number;
  /** Whether preempted, lost and timed-out jobs go back to the queue. */
  readonly requeue: boolean;
  /** How long before the time limit a job saves its checkpoint and goes back to the queue. */
  readonly signalSeconds: number;
  /** Further options of sbatch: `--constraint=a100`. */
  readonly sbatch: readonly string[];
  /** Shell lines before each job: `module load nodejs`. */
  readonly prolog: readonly string[];
}
