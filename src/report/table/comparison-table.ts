// The table of compared results: a line for each quantity of each model, the results side by side, and what each is
// above or below the first. Cells and marks are those of the results' own tables.
import { halfWidth } from '../../metrics/confidence.ts';
import type { ComparedResults } from '../../results/comparison.ts';
import { markedCards } from './cards.ts';
import {
  absent,
  differenceCell,
  measuredCell,
  numberCell,
  significant,
  sizeCell,
  textCell,
} from './cells.ts';
import { fidCell } from './columns.ts';
import { comparedNames, comparedUnfinished } from './compared-rows.ts';
import { difference, fidOf, measure, type Quantity } from './measured.ts';
import { metricQuantities, spectralQuantities, type TitledQuantity } from './metric-columns.ts';
import { notesOf } from './notes.ts';
import { formatDelta, formatMacs, formatParams, formatSigned, signed } from './number-format.ts';
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
    {
      ...{ key: 'fid', title: 'FID ↓', value: fidCell, half: halfOf(fidOf) },
      delta: (row, base) => differenceCell(difference(row, base, fidOf), hundredths),
    },
    ...[...metricQuantities(frame), ...spectralQuantities(frame)]
      .filter(({ machineOnly }) => !machineOnly)
      .map(measuredLine),
  ];
}

const hundredths = {
  format: (value: number) => formatSigned(value, 2),
  spread: (half: number) => half.toFixed(2),
};

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

function measuredLine({ key, title, quantity, marked }: TitledQuantity): Line {
  return {
    ...{ key, title, half: halfOf(quantity) },
    value: (row, { cards }) => measuredCell(row, marked ? cards : [], quantity, significant),
    delta(row, base) {
      const scale = Math.max(0, ...[row, base].map((one) => magnitude(one, quantity)));
      return differenceCell(difference(row, base, quantity), {
        format: (value) => formatDelta(value, scale),
        spread: (half) => formatDelta(half, scale).replace('+', ''),
      });
    },
  };
}

function magnitude(row: Row, quantity: Quantity): number {
  const measured = measure(row, quantity);
  return measured === undefined || measured === 'mixed' ? 0 : Math.abs(measured.average.mean);
}

function halfOf(quantity: Quantity): Line['half'] {
  return (row, base) => {
    const found = difference(row, base, quantity);
    return numberCell(found === undefined || found === 'mixed' ? undefined : halfWidth(found));
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
