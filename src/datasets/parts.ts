// The parts of a divided data set, and how many images each has.

export const parts = ['train', 'validation', 'held-out'] as const;
export type Part = (typeof parts)[number];

export type PartCounts = Readonly<Record<Part, number>>;

export interface SplitConfig {
  /** A share below 1, or a number of images; so is `validation`, and may be 0. */
  readonly heldOut: number;
  readonly validation: number;
  readonly seed: number;
}

/** How many images each part gets of `count`, where groups do not round it up; `train` is what the others leave. */
export function partCounts({ heldOut, validation }: SplitConfig, count: number): PartCounts {
  const numberOf = (asked: number): number => (asked < 1 ? Math.round(asked * count) : asked);
  const counts = { validation: numberOf(validation), 'held-out': numberOf(heldOut) };
  return { train: count - counts.validation - counts['held-out'], ...counts };
}

/** What keeps `count` images from being divided so, or undefined. */
export function splitProblem(split: SplitConfig, count: number): string | undefined {
  const { train, validation, 'held-out': heldOut } = partCounts(split, count);
  return train >= 1 && heldOut >= 1
    ? undefined
    : `of ${count} images, ${heldOut} would be held out, ${validation} for validation and ${Math.max(0, train)} left to train on`;
}

/** Where a part lies among images that are in the order of their parts; all of them where they are not divided. */
export function rangeOfPart(
  counts: PartCounts | undefined,
  part: Part,
  count: number,
): { readonly from: number; readonly to: number } {
  if (counts === undefined) return { from: 0, to: count };
  const before = parts.slice(0, parts.indexOf(part));
  const from = before.reduce((sum, each) => sum + counts[each], 0);
  return { from, to: from + counts[part] };
}
