// The options of each command as its function receives them; program.ts says how they are written and documented.

export interface JsonOption {
  readonly json: boolean;
}

/** run, plan, status. */
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

export const tableFormats = ['md', 'csv', 'tex', 'json'] as const;

export interface TableOptions {
  readonly format: (typeof tableFormats)[number];
  readonly results: string;
}

export interface SchemaOptions {
  readonly output?: string;
}

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
