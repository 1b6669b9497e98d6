// The options of each command as its function receives them; program.ts says how they are written and documented.

export interface JsonOption {
  readonly json: boolean;
}

/** run, status. */
export interface PipelineOptions extends JsonOption {
  /** Folder of the artifact store. */
  readonly store: string;
  /** Folder that results/<experiment> is written to. */
  readonly results: string;
  /** Absent: as the experiment says. */
  readonly engine?: string;
  readonly threads?: number;
  /** `smoke` shrinks the experiment to minutes. */
  readonly profile?: 'smoke';
}

export interface RunOptions extends PipelineOptions {
  /** Kinds or ids of the stages to run, separated by commas; absent: all, and the results. */
  readonly stage?: string;
  /** `2/8`: the second of eight parts of these stages. */
  readonly shard?: string;
  /** Absent: the run is this process. */
  readonly launcher?: 'slurm';
  /** Jobs that share each stage that can be done in parts; absent: one job does all. */
  readonly shards?: number;
  /** Options of sbatch, separated by spaces. */
  readonly sbatch?: string;
  /** With a launcher: submit nothing. */
  readonly dryRun: boolean;
  /** In a job that a launcher submitted: the file of its state. */
  readonly job?: string;
}

export interface PlanOptions extends PipelineOptions {
  /** 10^12 float32 operations a second that the user's device sustains; absent: an example is given. */
  readonly tflops?: number;
}

export interface InitOptions {
  readonly template: (typeof templateNames)[number];
}

/** Files of experiments/templates. */
export const templateNames = ['quickstart', 'folder', 'class', 'text'] as const;

export const tableFormats = ['md', 'csv', 'tex', 'json'] as const;

export interface TableOptions {
  readonly format: (typeof tableFormats)[number];
  readonly results: string;
}

export const schemaKinds = ['experiment', 'sweep'] as const;

export type SchemaKind = (typeof schemaKinds)[number];

export interface SchemaOptions {
  readonly output?: string;
}

/** Shells with a script in completions/. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** Absent numbers: as the experiment says. */
export interface SampleOptions {
  readonly store: string;
  readonly count?: number;
  readonly steps?: number;
  readonly eta?: number;
  readonly seed?: number;
  /** PNG file of the grid. */
  readonly output?: string;
}

export interface FidOptions extends JsonOption {
  readonly extractor: 'nsfwjs' | 'pytorch-fid' | 'clean-fid';
  /** Weights file of the extractors pytorch-fid and clean-fid. */
  readonly weights?: string;
  readonly inputSize: number;
  readonly batch: number;
  /** Names separated by commas. */
  readonly metrics: string;
  /** File for the statistics of the first set. */
  readonly save?: string;
  readonly engine?: string;
  readonly threads?: number;
}

export interface ProfileOptions extends JsonOption {
  /** Also measure time steps per second. */
  readonly throughput: boolean;
  readonly batch: number;
  readonly engine?: string;
  readonly threads?: number;
}

export interface CancelOptions extends JsonOption {
  readonly store: string;
}

export interface SweepOptions extends JsonOption {
  readonly store: string;
  readonly results: string;
  readonly launcher: 'local' | 'slurm';
  /** Jobs at a time; 0 is for the launcher to choose. */
  readonly jobs: number;
  readonly dryRun: boolean;
  /** Only gather what is there. */
  readonly collect: boolean;
  readonly engine?: string;
  /** Of each job; absent: the machine's cores shared among the jobs, or what the sweep asks of Slurm. */
  readonly threads?: number;
}

export interface CellOptions extends JsonOption {
  readonly threads?: number;
}

export interface VerifyOptions extends JsonOption {
  readonly store: string;
  readonly results: string;
  /** Folder that relative paths of the experiment start from. */
  readonly base: string;
  /** Kinds or ids of stages to run again, separated by commas. */
  readonly rerun?: string;
  /** Leave out the second run of `evaluate`. */
  readonly quick: boolean;
}

export interface DiffOptions extends JsonOption {
  readonly store: string;
  readonly results: string;
}

export interface ImportOptions extends JsonOption {
  /** Experiment that says what the network is. */
  readonly for: string;
  /** `teacher`, `autoencoder`, `text-encoder` or the name of a student. */
  readonly network: string;
  readonly ema: 'prefer' | 'require' | 'never';
  /** safetensors file; absent: nothing is written. */
  readonly output?: string;
}

export interface ExportOptions extends JsonOption {
  readonly store: string;
  readonly form: 'safetensors' | 'diffusers' | 'onnx';
  readonly output: string;
  readonly weights: 'ema' | 'raw' | 'both';
  /** Of ONNX: keep ONNX Runtime's own operators. */
  readonly allowContrib: boolean;
}
