// What a kind of data set tells of itself. Each kind has a room under sources/ that exports one such description, and
// catalog.ts has a row for it: nothing else in the project asks which kind a data set is.
import type { DatasetOptions, ImageDataset } from './dataset.ts';

/** What names, counts and headers tell of a data set within seconds. */
export interface Glance {
  /** Upper bound of the number of images, or undefined where finding out would take long. */
  readonly images?: number;
  /** Names in the list of those to take, where there is one. */
  readonly listed?: number;
  readonly classes?: number;
}

/** `C` is the configuration that names this kind. */
export interface DatasetKind<C> {
  /** Opens it. Throws UserError for missing or damaged files, InterruptedError on abort. */
  readonly open: (config: C, options: DatasetOptions) => Promise<ImageDataset>;
  /** `(await open(config)).digest` without decoding or rendering: cheap enough for planning. */
  readonly digest: (config: C, options: DatasetOptions) => Promise<string>;
  /** Looks, but reads no image. Throws UserError where path or layout is wrong. */
  readonly glance: (config: C) => Promise<Glance>;
  /** What has to be there, in words for preflight: the form of `dataset.path`, or the package that holds the images. */
  readonly layout: string;
  /** The images come with the installation: preflight has nothing to look for. */
  readonly isInstalled?: true;
  /** May hold any published data set, converted; other kinds hold those that are published in their form. */
  readonly holdsAnyPublished?: true;
}
