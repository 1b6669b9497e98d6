// How fast the models of a run sampled, for the terminal; results hold no timings.
import type { Timings } from '../results/timings.ts';
import { formatRatio, formatSignificant } from './table/number-format.ts';

/** `teacher 7.97 samples/s, lite 24.2 (3.0× the teacher)`; undefined where nothing was timed. */
export function describeSpeed({ samplesPerSecond }: Timings): string | undefined {
  const { teacher } = samplesPerSecond;
  const parts = Object.entries(samplesPerSecond).map(([name, speed], i) => {
    const unit = i === 0 ? ' samples/s' : '';
    const ratio =
      teacher === undefined || name === 'teacher' ? '' : ` (${formatRatio(speed / teacher)} the teacher)`;
    return `${name} ${formatSignificant(speed)}${unit}${ratio}`;
  });
  return parts.length === 0 ? undefined : parts.join(', ');
}
