// The columns of results tables, for rows of one seed and of many. A column that stands here stands in the tables of
// experiments and of sweeps.
import {
  describeSampler,
  isPlain,
  predictionsPerSample,
  type MetricCard,
} from '../../results/metric-card.ts';
import { axisText, axisValue } from '../axis-value.ts';
import { formatPrinted, type Toggles } from '../paper.ts';
import { baselineColumns, comparedRow } from './baseline-columns.ts';
import {
  absent,
  differenceCell,
  incomparable,
  sizeCell,
  switchCell,
  textCell,
  valueCell,
  type Style,
} from './cells.ts';
import type { MarkedCard } from './cards.ts';
import { difference, effect, fidOf, fidOver, measure, type Measured } from './measured.ts';
import { fidMeasure } from './measures.ts';
import { deviationColumn, metricColumns } from './metric-columns.ts';
import { formatBytes, formatMacs, formatParams, formatSigned } from './number-format.ts';
import { comparableFid } from './comparable-fid.ts';
import type { ColumnSpec, Frame, Row, SweepFrame } from './row.ts';
import type { Cell } from './table.ts';

const hundredths: Style = { format: (value) => value.toFixed(2), spread: (half) => half.toFixed(2) };
const signed: Style = { format: (value) => formatSigned(value, 2), spread: (half) => half.toFixed(2) };

/** All columns of a table, in order. */
export function columnsFor(frame: Frame): ColumnSpec[] {
  return [
    ...nameColumns(frame),
    ...axisColumns(frame),
    ...sizeColumns,
    ...weightsColumn(frame),
    ...samplerColumn(frame),
    ...fidColumns(frame),
    ...metricColumns(frame),
    ...closingColumns(frame),
  ];
}

const right = (key: string, title: string, cell: ColumnSpec['cell']): ColumnSpec => ({
  key,
  title,
  align: 'right',
  cell,
});

/** Left aligned, for machines. */
const machine = (key: string, title: string, cell: ColumnSpec['cell']): ColumnSpec => ({
  key,
  title,
  align: 'left',
  machineOnly: true,
  cell,
});

function nameColumns({ rowTitle, rows }: Frame): ColumnSpec[] {
  const toggle = (key: string, title: string, name: keyof Toggles): ColumnSpec => ({
    key,
    title,
    align: 'center',
    cell: ({ switches }) => switchCell(switches[name]),
  });
  return [
    {
      key: rowTitle.toLowerCase(),
      title: rowTitle,
      align: 'left',
      cell: ({ name }) => textCell(name),
    },
    machine('role', 'Role', ({ role }) => textCell(role)),
    ...(rows.some(({ facts }) => facts?.method !== undefined) ? [methodColumn] : []),
    toggle('wavelet_gating', 'WG', 'waveletGating'),
    toggle('spatial', 'Spatial', 'spatial'),
    toggle('freq', 'Freq', 'freq'),
  ];
}

/** How students came about, where not all did by the paper's method. */
const methodColumn: ColumnSpec = {
  key: 'method',
  title: 'Method',
  align: 'left',
  cell: ({ role, facts }) => (role === 'student' ? textCell(facts?.method ?? 'spectral') : absent),
};

function axisColumns({ sweep }: Frame): ColumnSpec[] {
  return (sweep?.axes ?? []).map((key) =>
    right(key, key, ({ axes }) => {
      const value = axes.get(key);
      return value === undefined ? absent : { text: axisText(value), value: axisValue(value) };
    }),
  );
}

/** Sizes, and for what has a teacher how many times smaller it is. */
const sizeColumns: readonly ColumnSpec[] = [
  right('params', '#Param', ({ facts, teacher }) =>
    facts ? sizeCell(facts.params, teacher?.facts?.params, formatParams) : absent,
  ),
  right('macs', 'MACs', ({ facts, teacher }) =>
    facts ? sizeCell(facts.macs, teacher?.facts?.macs, formatMacs) : absent,
  ),
  right('attention_macs', 'Attn MACs', ({ facts }) =>
    facts ? sizeCell(facts.attentionMacs, undefined, formatMacs) : absent,
  ),
];

/** Bytes of the weights that models sample with, where some of them are integers. */
function weightsColumn({ rows }: Frame): ColumnSpec[] {
  if (!rows.some(({ facts }) => facts?.int8)) return [];
  const bytesOf = ({ facts }: Pick<Row, 'facts'>): number | undefined =>
    facts && (facts.int8?.bytes.int8 ?? facts.params * Float32Array.BYTES_PER_ELEMENT);
  return [
    right('weights_bytes', 'Weights', (row) => {
      const bytes = bytesOf(row);
      return bytes === undefined ? absent : sizeCell(bytes, row.teacher && bytesOf(row.teacher), formatBytes);
    }),
  ];
}

/** How each row was sampled, and what a sample costs, where rows differ in it. */
function samplerColumn({ rows }: Frame): ColumnSpec[] {
  const texts = new Set(rows.map(samplerOf).filter((text) => text !== undefined));
  if (texts.size < 2) return [];
  return [
    {
      key: 'sampler',
      title: 'Sampler',
      align: 'left',
      cell: (row) => {
        const text = samplerOf(row);
        return text === undefined ? absent : textCell(text);
      },
    },
    right('macs_per_image', 'MACs/image', (row) => {
      const predictions = new Set(samplingCards(row).map(predictionsPerSample));
      const [count] = predictions;
      if (row.facts === undefined || count === undefined || predictions.size > 1) return absent;
      return sizeCell(row.facts.macs * count, undefined, formatMacs);
    }),
  ];
}

/** The cards of a row's runs; none where none are known, and of real images. */
function samplingCards({ role, runs }: Row): MetricCard[] {
  if (role === 'floor') return [];
  return runs.flatMap(({ model: { fid, metrics = {} } }) => {
    const card = (fid ?? Object.values(metrics)[0])?.card;
    return card === undefined ? [] : [card];
  });
}

/** The sampler of a row's runs; undefined where none is known. */
function samplerOf(row: Row): string | undefined {
  const texts = samplingCards(row).map(describeSampler);
  return texts.length === 0 ? undefined : [...new Set(texts)].join('; ');
}

/** FID is there, or the cell says why it is not. */
export function fidCell(row: Row, { cards, best }: Pick<Frame, 'cards' | 'best'>): Cell {
  if (row.runs.length === 0) return { text: row.statusText, value: null };
  const fid = measure(row, fidOf);
  if (fid === undefined) return { text: 'not measured', value: null };
  if (fid === 'mixed') return incomparable;
  const cell = valueCell(fid, cards, hundredths);
  return { ...cell, text: `${cell.text}${fewSamples(fid, cards)}`, bold: row === best };
}

/** The number of samples, where they are so few that the FID must not be read without it. */
function fewSamples({ card: digest }: Measured, cards: readonly MarkedCard[]): string {
  const card = cards.find((one) => one.digest === digest)?.card;
  return card === undefined || isPlain(card) ? '' : ` (n = ${card.n})`;
}

/** The difference of FIDs to the baseline, paired by seed: itself, its interval and p value, and what may be said of it. */
function fidBaselineColumns(sweep: SweepFrame): ColumnSpec[] {
  return [
    ...baselineColumns(fidMeasure, sweep, 'Δ baseline'),
    {
      key: 'effect',
      title: 'Effect',
      align: 'left',
      cell: (row) => {
        const baseline = comparedRow(sweep, row);
        const words = baseline && effect(row, baseline);
        return words === undefined ? absent : textCell(words);
      },
    },
  ];
}

function fidColumns({ sweep }: Frame): ColumnSpec[] {
  const deltaTeacher = right('fid_minus_teacher', 'Δ teacher', (row) =>
    differenceCell(row.teacher && difference(row, row.teacher, fidOf), signed),
  );
  const fid = right(fidMeasure.key, fidMeasure.title, fidCell);
  if (sweep === undefined) return [fid, deltaTeacher];
  return [
    fid,
    deviationColumn('fid', 'FID', fidOf),
    right('seeds', 'Seeds', ({ role, runs, wanted }) =>
      role !== 'student'
        ? absent
        : {
            text: runs.length === wanted ? String(wanted) : `${runs.length}/${wanted}`,
            value: runs.length,
          },
    ),
    machine('fid_by_seed', 'FID by seed', ({ role, runs }) => {
      const fids = runs.flatMap(({ seed, model }) => (model.fid ? [`${seed}=${model.fid.value}`] : []));
      return role !== 'student' || fids.length === 0 ? absent : textCell(fids.join(' '));
    }),
    ...fidBaselineColumns(sweep),
    deltaTeacher,
  ];
}

function closingColumns({ paper, rows }: Frame): ColumnSpec[] {
  const paperFidOf = (row: Row): number | undefined => {
    const value = paper && comparableFid(paper, row);
    return typeof value === 'number' ? value : undefined;
  };
  const printed = right('fid_in_paper', 'FID in paper', (row) => {
    const value = paperFidOf(row);
    return value === undefined ? absent : { text: formatPrinted(value), value };
  });
  // Where no row is comparable, the notes say why, and people need no empty column.
  const isEmpty = rows.every((row) => paperFidOf(row) === undefined);
  return [
    ...(paper === undefined ? [] : [{ ...printed, ...(isEmpty && { machineOnly: true as const }) }]),
    machine('fid_card', 'FID card', (row) => {
      const card = fidOver(row)?.card;
      return card === undefined ? absent : textCell(card);
    }),
    machine('status', 'Status', ({ status }) => textCell(status)),
  ];
}
