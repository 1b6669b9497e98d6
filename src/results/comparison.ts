// What `sdx compare` hands to its report: results beside one another, how their configurations differ, and the samples
// of each model. All numbers are in the manifests.
import type { ResultsManifest } from './manifest.ts';
import type { SweepManifest } from './sweep-manifest.ts';

/** The results of one experiment or sweep, under the name that the comparison has for them. */
export type ComparedResults = { readonly label: string } & (
  | { readonly kind: 'experiment'; readonly manifest: ResultsManifest }
  | { readonly kind: 'sweep'; readonly manifest: SweepManifest }
);

/** Something besides scores in which results differ from the first ones. */
export interface ComparedDifference {
  /** Whose results differ from the first. */
  readonly label: string;
  readonly part: 'config' | 'version' | 'data' | 'stage';
  readonly what: string;
  /** For the reader; `–` where that side has none. */
  readonly first: string;
  readonly other: string;
  /** Ids of the runs of a sweep that differ so; absent where that is all of them. */
  readonly runs?: readonly string[];
}

/** Images of one model of one of the results, PNG bytes: the first samples by index. */
export interface ComparedImages {
  readonly label: string;
  readonly images: readonly Uint8Array[];
}

/** The samples of one model or cell in all results that show them. */
export interface ComparedSamples {
  readonly model: string;
  /** Drawn from the same noise, image by image; each at least two. */
  readonly aligned: readonly (readonly ComparedImages[])[];
  /** Drawn from noise that none of the others has: whole grids. */
  readonly alone: readonly { readonly label: string; readonly grid: Uint8Array }[];
}

export interface Comparison {
  readonly sdxVersion: string;
  /** At least two, all of one kind; deltas are to the first. */
  readonly results: readonly ComparedResults[];
  readonly differences: readonly ComparedDifference[];
  readonly samples: readonly ComparedSamples[];
}
