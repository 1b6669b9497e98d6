// What a source of images supplies before anything is decoded. One file per kind implements `ImageSource`; opening,
// checking and digesting are the same for all and live in open-source.ts.
import type { AlphaMode } from './decode-image.ts';
import type { CorruptSample, DatasetOptions } from '../dataset.ts';
import type { PillowFilter } from './pillow-resize.ts';
import type { PublishedName } from '../published.ts';

/** Keys that every source of image files has. */
export interface ImageFilesConfig {
  /** File or folder; what exactly depends on the kind. */
  readonly path: string;
  /** Side of the samples in pixels. */
  readonly size: number;
  readonly filter: PillowFilter;
  readonly alpha: AlphaMode;
  /** More broken samples than this end the run. */
  readonly maxCorrupt: number;
  /** File with the names of the samples to take; all if absent. */
  readonly list?: string;
  /** The published data set that this is meant to be; preflight compares counts with it. */
  readonly published?: PublishedName;
}

/** The files whose contents determine a data set. */
export interface SourceFiles {
  /** Many files: names relative to `root`, in the order of the samples. */
  readonly root: string;
  readonly names: readonly string[];
  /** Single files; `as` stands for the file in the digest, so that its real name does not matter. */
  readonly single: readonly { readonly as: string; readonly path: string }[];
}

/** Encoded images by index, 0 to count - 1, in an order that depends on the contents alone. */
export interface EncodedImages {
  readonly count: number;
  /** Unique within the source. */
  readonly name: (index: number) => string;
  /** The bytes of a PNG, JPEG or WebP file. Throws UserError('input') where the source is damaged. */
  readonly read: (index: number) => Promise<Uint8Array>;
  readonly label?: (index: number) => string;
  readonly caption?: (index: number) => string;
  /** All texts of the sample, `caption` the first, where several are kept. */
  readonly captions?: (index: number) => readonly string[];
  /** Samples that were found unusable while indexing, and have no index. */
  readonly corrupt: readonly CorruptSample[];
}

export interface ImageSource<C extends ImageFilesConfig> {
  /** Keys of the configuration that name files which `files` lists: the digest holds their contents, not their paths. */
  readonly digestedFiles?: readonly (keyof C & string)[];
  /** Names files, reads none. Throws UserError('input') where the layout is not that of the kind. */
  readonly files: (config: C) => Promise<SourceFiles>;
  /** Finds the samples. Throws UserError('input') for damaged containers, InterruptedError on abort. */
  readonly index: (config: C, files: SourceFiles, options: DatasetOptions) => Promise<EncodedImages>;
}
