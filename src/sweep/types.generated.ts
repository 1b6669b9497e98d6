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
}
