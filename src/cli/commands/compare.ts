// `sdx compare`: results of several experiments or sweeps side by side, as a table and as a page.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import { formatText } from '../../report/formats/text.ts';
import { formatJson } from '../../report/formats/json.ts';
import { tableObjects } from '../../report/formats/table-json.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';
import { comparisonTable } from '../../report/table/comparison-table.ts';
import { differenceTable } from '../../report/table/difference-table.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import { prepareComparison, writeComparison } from '../../report/write-comparison.ts';
import type { Comparison } from '../../results/comparison.ts';
import { compareResults } from '../../verify/compare-results.ts';
import type { Io } from '../io.ts';
import type { CompareOptions } from '../options.ts';
import { resultsTarget } from '../results-target.ts';

/** `targets`: as for `sdx table`. Prints the table, what differs besides, and the page's file. */
export async function compareCommand(
  targets: readonly string[],
  { results, output, json }: CompareOptions,
  io: Io,
): Promise<number> {
  const sought: string[] = [];
  for (const target of targets) sought.push(await resultsTarget(target));
  const comparison = await compareResults(sought, results);
  const file = path.resolve(output ?? path.join(results, 'compare', slugOf(comparison), 'compare.html'));
  await prepareComparison(file);
  await writeComparison(file, comparison);
  const page = path.relative('', file);
  io.stdout.write(json ? formatJson(jsonOf(comparison, page)) : textOf(comparison, page, io));
  return ExitCode.ok;
}

/** `quickstart-emoji`: the same results have the same page. */
function slugOf({ results }: Comparison): string {
  return results
    .map(({ label }) => label.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|-+$/g, ''))
    .join('-');
}

function textOf({ results, differences }: Comparison, page: string, { screen }: Io): string {
  const asked = differences.filter(({ part }) => part !== 'stage');
  return [
    formatText(comparisonTable(results), screen),
    ...(asked.length === 0 ? [] : [differencesText(differenceTable(results[0]!.label, asked), screen)]),
    `${page}\n`,
  ].join('\n');
}

function differencesText({ columns, rows }: ResultsTable, screen?: Screen): string {
  const titles = columns.map(({ title }) => title);
  return textTable(
    titles,
    rows.map((cells) => cells.map(({ text }) => text)),
    screen,
  );
}

function jsonOf({ results, differences, samples }: Comparison, page: string): object {
  const table = comparisonTable(results);
  return {
    results: results.map(({ label, kind }) => ({ label, kind })),
    rows: tableObjects(table),
    notes: table.notes.map(({ text }) => text),
    differences,
    // Whose samples of a model start from the same noise.
    samples: samples.map(({ model, aligned, alone }) => ({
      model,
      aligned: aligned.map((group) => group.map(({ label }) => label)),
      alone: alone.map(({ label }) => label),
    })),
    page,
  };
}
