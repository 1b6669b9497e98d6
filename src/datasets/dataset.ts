// The port that every image source implements: square RGB images by index, with what is known about them.
// Which sources exist is data in catalog.ts.
import type { PartCounts } from './parts.ts';

/** A sample that could not be decoded and is left out. */
export interface CorruptSample {
  readonly file: string;
  readonly reason: string;
}

/** Whose images they are. */
export interface Credits {
  readonly title: string;
  readonly creator: string;
  /** Where they come from. */
  readonly source: string;
  readonly licence: string;
}

export interface ImageDataset {
  /** Number of usable samples; indices run from 0 to count - 1 in an order that never changes. */
  readonly count: number;
  /** Side of every image in pixels. */
  readonly size: number;
  /** sha256 of the source contents and of the preprocessing: equal digests give equal samples. */
  readonly digest: string;
  /** Samples left out because they cannot be decoded. */
  readonly corrupt: readonly CorruptSample[];
  /** RGB, row-major [size, size, 3], uint8. */
  readonly read: (index: number) => Promise<Uint8Array>;
  /** Name of the sample in its source, unique within the set. */
  readonly name: (index: number) => string;
  /** What the sample belongs together with has the same name: such samples are never divided. Its own name if absent. */
  readonly group?: (index: number) => string;
  /** Images of each part, where the set is divided: samples are then in the order of their parts. */
  readonly parts?: PartCounts;
  /** Class of the sample, where the source has classes. */
  readonly label?: (index: number) => string;
  /** All classes there are, where a selection of samples may lack some; those of the samples if absent. */
  readonly classNames?: readonly string[];
  /** Text that describes the sample, where the source has it. */
  readonly caption?: (index: number) => string;
  /** All texts of the sample, `caption` the first, where several are kept. */
  readonly captions?: (index: number) => readonly string[];
  /** Known for images that come with the installation. */
  readonly credits?: Credits;
}

/** What every way to open a data set takes. */
export interface DatasetOptions {
  /** JSON file that remembers content digests of large folders by (path, size, mtime in ns). */
  readonly digestCacheFile?: string;
  readonly signal?: AbortSignal;
  /** Called while sources are hashed or checked. */
  readonly onProgress?: (done: number, total: number) => void;
}
