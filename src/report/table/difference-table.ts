// What differs between compared results besides their scores, as a table.
import type { ComparedDifference } from '../../results/comparison.ts';
import { absent, textCell } from './cells.ts';
import type { ResultsTable } from './table.ts';

/** Runs of a sweep that are named; more are counted. */
const namedRuns = 3;

/** `base`: the label of the results that the others are compared with. */
export function differenceTable(base: string, differences: readonly ComparedDifference[]): ResultsTable {
  const some = (has: (one: ComparedDifference) => boolean): boolean => differences.some(has);
  const labels = new Set(differences.map(({ label }) => label));
  const only = labels.size === 1 ? [...labels][0] : undefined;
  const columns = [
    ...(only === undefined ? [column('results', 'Results', ({ label }) => label)] : []),
    ...(some(({ runs }) => runs !== undefined) ? [column('runs', 'Runs', runsText)] : []),
    column('part', 'Part', ({ part }) => part),
    column('what', 'What', ({ what }) => what),
    column('first', base, ({ first }) => first),
    column('other', only ?? 'Other', ({ other }) => other),
  ];
  return {
    title: 'What differs',
    columns: columns.map(({ key, title }) => ({ key, title, align: 'left' })),
    rows: differences.map((one) =>
      columns.map(({ text }) => (text(one) === absent.text ? absent : textCell(text(one)))),
    ),
    notes: [],
  };
}

function column(key: string, title: string, text: (one: ComparedDifference) => string) {
  return { key, title, text };
}

function runsText({ runs }: ComparedDifference): string {
  if (runs === undefined) return 'all';
  const named = runs.slice(0, namedRuns).join(', ');
  return runs.length > namedRuns ? `${named} and ${runs.length - namedRuns} more` : named;
}
