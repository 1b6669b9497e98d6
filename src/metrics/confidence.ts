// What a mean over a few seeds carries: its 95 % interval by Student's t, and the words for a difference.
import { twoSidedQuantile, twoSidedTail } from './student-t.ts';
import type { MeanSd } from './statistics.ts';

/** Level of all intervals that are shown. */
const level = 0.95;

/** Half the width of the mean's interval, t_{n-1} sd / sqrt(n); undefined for a single value. */
export function halfWidth({ sd, n }: MeanSd): number | undefined {
  return sd === undefined ? undefined : (twoSidedQuantile(level, n - 1) * sd) / Math.sqrt(n);
}

/** Two-sided p value of the mean's being 0 (one-sample t test; paired, where the values are differences of pairs). */
export function pValue({ mean, sd, n }: MeanSd): number | undefined {
  if (sd === undefined) return undefined;
  return sd === 0 ? Number(mean === 0) : twoSidedTail((mean * Math.sqrt(n)) / sd, n - 1);
}

/** Whether the difference is real: its interval excludes 0. A single value has no interval and carries nothing. */
export function excludesZero(difference: MeanSd): boolean {
  const half = halfWidth(difference);
  return half !== undefined && Math.abs(difference.mean) > half;
}

/** What may be said of a difference of something that is better when it is smaller. */
export function verdict(difference: MeanSd): 'helps' | 'harms' | 'not shown' {
  if (!excludesZero(difference)) return 'not shown';
  return difference.mean < 0 ? 'helps' : 'harms';
}
