// `sdx diff`: how two experiments differ, from their results folders or their files.
import { ExitCode } from '../../errors.ts';
import { catalog } from '../../stages/catalog.ts';
import { openStore } from '../../store/store.ts';
import { compareTargets, type FoundDifference } from '../../verify/compare.ts';
import type { Io } from '../io.ts';
import type { DiffOptions } from '../options.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';

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
  return textTable(
    [...(many ? ['experiment'] : []), 'part', 'what', a, b],
    differences.map(({ experiment = '', part, what, left, right }) => [
      ...(many ? [experiment] : []),
      part,
      what,
      left,
      right,
    ]),
    screen,
  );
}
