// How long things took. The only facts of a run that differ from one run to the next: they stand in timings.json beside
// the results, which is not for version control.

export interface Timings {
  /** `Engine.describe()`. */
  readonly engine: Readonly<Record<string, string>>;
  /** By model. */
  readonly samplesPerSecond: Readonly<Record<string, number>>;
}

/** Name of the file in a results folder. */
export const timingsFile = 'timings.json';
