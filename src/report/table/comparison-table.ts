// The table of compared results: a line for each quantity of each model, the results side by side, and what each is
// above or below the first. Cells and marks are those of the results' own tables.
import type { ComparedResults } from '../../results/comparison.ts';
import { markedCards } from './cards.ts';
import { absent, measuredCell, significant, sizeCell, textCell } from './cells.ts';
import { fidCell } from './columns.ts';
import { comparedNames, comparedUnfinished } from './compared-rows.ts';
import { deltaCell, deltaHalfCell } from './delta-cells.ts';
import { fidMeasure, measuresBesideFid, type Measure } from './measures.ts';
import { notesOf } from './notes.ts';
import { formatMacs, formatParams, formatSigned, signed } from './number-format.ts';
import type { Frame, Row } from './row.ts';
import type { Cell, Note, ResultsTable } from './table.ts';

interface Line {
  readonly key: string;
  readonly title: string;
  readonly value: (row: Row, frame: Frame) => Cell;
  readonly delta: (row: Row, base: Row) => Cell;
  /** Half the width of the difference's interval, for machines. */
  readonly half: (row: Row, base: Row) => Cell;
}

/** `a, b and c`. */
export function comparisonTitle(results: readonly ComparedResults[]): string {
  const labels = results.map(({ label }) => label);
  return `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)!}`;
}

/** Holds no dates, paths or timings: the same results give the same table. */
export function comparisonTable(results: readonly ComparedResults[]): ResultsTable {
  const [base, ...others] = results.map(({ label }) => label);
  const names = comparedNames(results);
  const frame = frameOf(results, names);
  const lines = linesOf(frame);
  const deltaTitle = (label: string): string => (others.length === 1 ? 'Δ' : `Δ ${label}`);
  return {
    title: frame.title,
    columns: [
      { key: 'model', title: frame.rowTitle, align: 'left' },
      { key: 'quantity', title: 'Quantity', align: 'left', machineOnly: true },
      ...results.map(({ label }) => ({ key: label, title: label, align: 'right' as const })),
      ...others.flatMap((label) => [
        { key: `${label} minus ${base!}`, title: deltaTitle(label), align: 'right' as const },
        {
          ...{ key: `${label} minus ${base!}, half-width`, title: `${deltaTitle(label)}, half-width` },
          ...{ align: 'right' as const, machineOnly: true },
        },
      ]),
    ],
    rows: names.flatMap(({ name, rows }) => {
      const [first, ...rest] = rows.map((one) => one?.row);
      return lines.flatMap((line) => {
        const values = [first, ...rest].map((row) => (row ? line.value(row, frame) : absent));
        if (values.every(({ text }) => text === absent.text)) return [];
        const deltas = rest.flatMap((row) =>
          row && first ? [line.delta(row, first), line.half(row, first)] : [absent, absent],
        );
        return [[{ text: `${name}, ${line.title}`, value: name }, textCell(line.key), ...values, ...deltas]];
      });
    }),
    notes: [...notesOf(frame), ...ownNotes(results)],
  };
}

/** All rows under names that say whose they are: what the notes of tables are made from. */
function frameOf(results: readonly ComparedResults[], names: ReturnType<typeof comparedNames>): Frame {
  const labelled = names.flatMap(({ rows }) =>
    rows.flatMap((one, i) => (one ? [{ ...one.row, name: `${one.row.name} (${results[i]!.label})` }] : [])),
  );
  return {
    title: comparisonTitle(results),
    rowTitle: results[0]!.kind === 'sweep' ? 'Cell' : 'Model',
    rows: labelled,
    best: undefined, // results of several runs are not ranked
    cards: markedCards(labelled.flatMap(({ runs }) => runs.map(({ model }) => model))),
    unfinished: comparedUnfinished(results),
  };
}

function linesOf(frame: Frame): Line[] {
  return [
    countLine('params', '#Param', 'params', formatParams),
    countLine('macs', 'MACs', 'macs', formatMacs),
    countLine('steps', 'Steps', 'steps', String),
    measuredLine(fidMeasure, fidCell),
    ...measuresBesideFid(frame)
      .filter(({ machineOnly }) => !machineOnly)
      .map((measure) =>
        measuredLine(measure, (row, { cards }) =>
          measuredCell(row, measure.marked ? cards : [], measure.quantity, significant),
        ),
      ),
  ];
}

function measuredLine(measure: Measure, value: Line['value']): Line {
  return {
    ...{ key: measure.key, title: measure.title, value },
    delta: (row, base) => deltaCell(measure, row, base),
    half: (row, base) => deltaHalfCell(measure, row, base),
  };
}

/** A count of the network; the same for all seeds. */
function countLine(
  key: string,
  title: string,
  fact: 'params' | 'macs' | 'steps',
  format: (count: number) => string,
): Line {
  return {
    ...{ key, title, half: () => absent },
    value: ({ facts }) => (facts ? sizeCell(facts[fact], undefined, format) : absent),
    delta({ facts }, { facts: base }) {
      if (facts === undefined || base === undefined) return absent;
      const value = facts[fact] - base[fact];
      const share =
        value === 0 || base[fact] === 0 ? '' : ` (${formatSigned((100 * value) / base[fact], 1)} %)`;
      return { text: `${signed(value, format(Math.abs(value)))}${share}`, value };
    },
  };
}

function ownNotes(results: readonly ComparedResults[]): Note[] {
  const [base] = results;
  const sweeps = base!.kind === 'sweep';
  const spread = sweeps
    ? ' Mean ± half-width of its 95 % interval over the seeds; Δ is paired by seed, and its intervals are not corrected for their number.'
    : ' One seed each has no interval: small differences are noise.';
  return [
    {
      text: `Δ: minus the value of ${base!.label}; n/c where the two were taken differently.${spread}`,
    },
  ];
}
