// `sdx diff`: how two experiments differ, from their results folders or their files.
import { ExitCode } from '../../errors.ts';
import { catalog } from '../../stages/catalog.ts';
import { openStore } from '../../store/store.ts';
import { compareTargets, type FoundDifference } from '../../verify/compare.ts';
import type { Io } from '../io.ts';
import type { DiffOptions } from '../options.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';
import { formatDelta, formatSigned } from '../../report/table/number-format.ts';

/** Exit 0, whether they differ or not. */
export async function diffCommand(a: string, b: string, options: DiffOptions, io: Io): Promise<number> {
  const { store, results, json } = options;
  const differences = await compareTargets(a, b, {
    resultsDir: results,
    store: openStore(store),
    stages: catalog,
    signal: io.signal,
  });
  io.stdout.write(
    json ? `${JSON.stringify({ a, b, differences }, null, 2)}\n` : text(a, b, differences, io.screen),
  );
  return ExitCode.ok;
}

function text(a: string, b: string, differences: readonly FoundDifference[], screen?: Screen): string {
  if (differences.length === 0) return `${a} and ${b} are the same in everything that is compared\n`;
  const many = differences.some(({ experiment }) => experiment !== undefined);
  const changed = differences.some(({ comparable }) => comparable !== undefined);
  return textTable(
    [...(many ? ['experiment'] : []), 'part', 'what', a, b, ...(changed ? ['change'] : [])],
    differences.map((difference) => [
      ...(many ? [difference.experiment ?? ''] : []),
      difference.part,
      difference.what,
      ...sidesText(difference),
      ...(changed ? [changeText(difference)] : []),
    ]),
    screen,
  );
}

/** Digits of numbers that are shown where fewer would do. */
const usualDigits = 4;

/** Both sides; numbers with no more digits than it takes to tell them apart. */
function sidesText({ left, right, comparable }: FoundDifference): [string, string] {
  const [a, b] = [Number(left), Number(right)];
  if (comparable === undefined || (Number.isInteger(a) && Number.isInteger(b))) return [left, right];
  for (let digits = usualDigits; digits <= 16; digits++) {
    const [short, other] = [a.toPrecision(digits), b.toPrecision(digits)];
    if (short !== other) return [plain(short), plain(other)];
  }
  return [left, right];
}

/** `1.234e-5`, as a number is written; `16.40` keeps its last digit. */
function plain(digits: string): string {
  return digits.includes('e') ? String(Number(digits)) : digits;
}

/** By how much the second is above the first, with its share of it; that cards differ forbids to say so. */
function changeText({ left, right, delta, comparable }: FoundDifference): string {
  if (comparable === undefined) return '';
  if (delta === undefined) return 'n/c (taken differently)';
  const [a, b] = [Number(left), Number(right)];
  const percent = a === 0 ? '' : formatSigned((100 * delta) / Math.abs(a), 1);
  const share = percent === '' || /^0/.test(percent) ? '' : ` (${percent} %)`;
  return `${formatDelta(delta, Math.max(Math.abs(a), Math.abs(b)))}${share}`;
}
