// The table of a sweep without a format: one row per cell, mean and standard deviation over its seeds, the
// difference to the baseline paired by seed. What is averaged, compared, marked or left out is decided here.
import type { Metric } from '../../results/manifest.ts';
import { cardDigest, describeCard } from '../../results/metric-card.ts';
import { formatMacs, formatParams, formatRatio, formatSigned, formatSignificant } from './number-format.ts';
import { formatPrinted, paperFid } from '../paper.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { pairedDifference, summarizeSweep, type CellSummary, type SweepSummary } from './sweep-summary.ts';
import { columnsOf, paperNotes, type Cell, type Column, type Note, type ResultsTable } from './table.ts';

interface Frame extends SweepSummary {
  readonly manifest: SweepManifest;
  readonly marks: ReadonlyMap<string, string>;
}

interface ColumnSpec extends Column {
  readonly cell: (row: CellSummary, frame: Frame) => Cell;
  /** The teachers' rows; nothing unless given. */
  readonly teacher?: (teacher: SweepManifest['teachers'][number], index: number, frame: Frame) => Cell;
}

const absent: Cell = { text: '–', value: null };
const incomparable: Cell = { text: 'n/c', value: null };
const toggleTitles: Readonly<Record<string, string>> = {
  waveletGating: 'WG',
  spatial: 'Spatial',
  freq: 'Freq',
};
const toggleKeys: Readonly<Record<string, string>> = { waveletGating: 'wavelet_gating' };

/** Binary noise of sums and differences would otherwise show in the CSV. */
const tidy = (value: number): number => Number(value.toPrecision(12));

function spread({ mean, sd }: MeanSd, format: (value: number) => string): string {
  return sd === undefined ? format(mean) : `${format(mean)} ± ${sd.toFixed(2)}`;
}

const anyModel = ({ cell }: CellSummary) => cell.runs.find(({ model }) => model)?.model;

function teacherOf({ cell }: CellSummary, { manifest }: Frame) {
  return cell.teacher === undefined ? undefined : manifest.teachers[cell.teacher];
}

function sized(what: 'params' | 'macs', format: (n: number) => string): Pick<ColumnSpec, 'cell' | 'teacher'> {
  return {
    cell: (row, frame) => {
      const count = anyModel(row)?.[what];
      if (count === undefined) return absent;
      const of = teacherOf(row, frame)?.[what];
      return {
        text: `${format(count)}${of === undefined ? '' : ` (${formatRatio(of / count)})`}`,
        value: count,
      };
    },
    teacher: (teacher) => ({ text: format(teacher[what]), value: teacher[what] }),
  };
}

function stateText({ cell: { runs } }: CellSummary): string {
  const failed = runs.filter(({ status }) => status === 'failed').length;
  if (failed > 0) return failed === runs.length ? 'failed' : 'partly failed';
  return 'missing';
}

function fidCell(row: CellSummary, { marks, best }: Frame): Cell {
  if (row.mixedCards) return incomparable;
  if (row.fid === undefined)
    return row.done.length > 0
      ? { text: 'not measured', value: null }
      : { text: stateText(row), value: null };
  const mark = marks.get(row.card!);
  return {
    text: spread(row.fid, (value) => value.toFixed(2)),
    value: tidy(row.fid.mean),
    bold: row === best,
    ...(mark === undefined ? {} : { mark }),
  };
}

function differenceCell(row: CellSummary, frame: Frame): Cell {
  const baseline = frame.baselineOf(row);
  if (baseline === undefined || baseline === row || !row.fid || !baseline.fid) return absent;
  if (row.card !== baseline.card) return incomparable;
  const difference = pairedDifference(row, baseline);
  if (difference === undefined) return absent;
  return { text: spread(difference, (value) => formatSigned(value, 2)), value: tidy(difference.mean) };
}

function teacherDifference(row: CellSummary, frame: Frame): Cell {
  const fid = teacherOf(row, frame)?.fid;
  if (fid === undefined || row.fid === undefined) return absent;
  if (cardDigest(fid.card) !== row.card) return incomparable;
  const value = tidy(row.fid.mean - fid.value);
  return { text: formatSigned(value, 2), value };
}

function paperCell(row: CellSummary, { manifest }: Frame): Cell {
  const model = anyModel(row);
  const value = model && manifest.paper && paperFid(manifest.paper.dataset, model);
  return value === undefined ? absent : { text: formatPrinted(value), value };
}

function leadingColumns({ toggles, axes }: SweepManifest): ColumnSpec[] {
  return [
    {
      key: 'cell',
      title: 'Cell',
      align: 'left',
      cell: ({ cell }) => ({ text: cell.id, value: cell.id }),
      teacher: (_, index, { manifest }) => {
        const name = manifest.teachers.length > 1 ? `teacher ${index + 1}` : 'teacher';
        return { text: name, value: name };
      },
    },
    ...toggles.map((name): ColumnSpec => ({
      key: toggleKeys[name] ?? name,
      title: toggleTitles[name] ?? name,
      align: 'center',
      cell: ({ cell }) => ({
        text: cell.toggles[name] === true ? '✓' : '',
        value: cell.toggles[name] ?? null,
      }),
    })),
    ...axes.map((key): ColumnSpec => ({
      key,
      title: key,
      align: 'right',
      cell: ({ cell }) => {
        const value = cell.axes.find((axis) => axis.key === key)?.value;
        if (value === undefined) return absent;
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        return { text, value: typeof value === 'object' ? text : value };
      },
    })),
    { key: 'params', title: '#Param', align: 'right', ...sized('params', formatParams) },
    { key: 'macs', title: 'MACs', align: 'right', ...sized('macs', formatMacs) },
  ];
}

const fidColumns: readonly ColumnSpec[] = [
  {
    key: 'fid',
    title: 'FID ↓',
    align: 'right',
    cell: fidCell,
    teacher: ({ fid }, _, { marks }) => {
      if (fid === undefined) return absent;
      const mark = marks.get(cardDigest(fid.card));
      return { text: fid.value.toFixed(2), value: fid.value, ...(mark === undefined ? {} : { mark }) };
    },
  },
  {
    key: 'fid_sd',
    title: 'FID sd',
    align: 'right',
    machineOnly: true,
    cell: ({ fid }) => (fid?.sd === undefined ? absent : { text: String(fid.sd), value: tidy(fid.sd) }),
  },
  {
    key: 'seeds',
    title: 'Seeds',
    align: 'right',
    cell: ({ done }, { manifest }) => {
      const wanted = manifest.seeds.length;
      return {
        text: done.length === wanted ? String(wanted) : `${done.length}/${wanted}`,
        value: done.length,
      };
    },
  },
  {
    key: 'fid_by_seed',
    title: 'FID by seed',
    align: 'left',
    machineOnly: true,
    cell: ({ done }) => {
      const text = done
        .flatMap(({ seed, model }) => (model?.fid ? [`${seed}=${model.fid.value}`] : []))
        .join(' ');
      return text === '' ? absent : { text, value: text };
    },
  },
  { key: 'fid_minus_baseline', title: 'Δ baseline', align: 'right', cell: differenceCell },
  { key: 'fid_minus_teacher', title: 'Δ teacher', align: 'right', cell: teacherDifference },
];

/** Means over seeds of what is measured beside FID. */
function furtherColumns({ cells }: SweepManifest): ColumnSpec[] {
  const models = cells.flatMap(({ runs }) => runs.flatMap(({ model }) => (model ? [model] : [])));
  const names = [...new Set(models.flatMap(({ metrics }) => Object.keys(metrics ?? {})))];
  const column = (
    key: string,
    title: string,
    valueOf: (model: (typeof models)[number]) => number | undefined,
  ): ColumnSpec => ({
    key,
    title,
    align: 'right',
    cell: ({ done, mixedCards }) => {
      if (mixedCards) return incomparable;
      const average = meanSd(done.flatMap(({ model }) => (model && valueOf(model)) ?? []));
      return average === undefined
        ? absent
        : { text: formatSignificant(average.mean), value: tidy(average.mean) };
    },
    teacher: (teacher) => {
      const value = valueOf(teacher);
      return value === undefined ? absent : { text: formatSignificant(value), value };
    },
  });
  return [
    ...names.map((name) => column(name, name.toUpperCase(), ({ metrics }) => metrics?.[name]?.value)),
    ...(models.some(({ spectrum }) => spectrum)
      ? [
          column('low_frequency_error', 'Low-freq error ↓', ({ spectrum }) => spectrum?.lowError),
          column('high_frequency_error', 'High-freq error ↓', ({ spectrum }) => spectrum?.highError),
        ]
      : []),
  ];
}

function closingColumns({ paper }: SweepManifest): ColumnSpec[] {
  const printed: ColumnSpec = {
    key: 'fid_in_paper',
    title: 'FID in paper',
    align: 'right',
    cell: paperCell,
    teacher: (teacher) => {
      const value = paper && paperFid(paper.dataset, teacher);
      return value === undefined ? absent : { text: formatPrinted(value), value };
    },
  };
  return [
    ...(paper === undefined ? [] : [printed]),
    {
      key: 'fid_card',
      title: 'FID card',
      align: 'left',
      machineOnly: true,
      cell: ({ card }) => (card === undefined ? absent : { text: card, value: card }),
      teacher: ({ fid }) => {
        const card = fid && cardDigest(fid.card);
        return card === undefined ? absent : { text: card, value: card };
      },
    },
    {
      key: 'status',
      title: 'Status',
      align: 'left',
      machineOnly: true,
      cell: (row) => {
        const text = row.done.length === row.cell.runs.length ? 'done' : stateText(row);
        return { text, value: text };
      },
      teacher: ({ status }) => ({ text: status, value: status }),
    },
  ];
}

function cardsOf({ teachers, cells }: SweepManifest): Metric[] {
  const models = [
    ...teachers,
    ...cells.flatMap(({ runs }) => runs.flatMap(({ model }) => (model ? [model] : []))),
  ];
  const metrics = models.flatMap(({ fid }) => (fid ? [fid] : []));
  return [...new Map(metrics.map((metric) => [cardDigest(metric.card), metric])).values()];
}

function markOf(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + (index % 26)).repeat(1 + Math.floor(index / 26));
}

function notesOf(frame: Frame): Note[] {
  const { manifest, cells } = frame;
  const cards = cardsOf(manifest);
  const notes: Note[] = cards.map(({ card }) => ({
    mark: frame.marks.get(cardDigest(card))!,
    text: `card ${cardDigest(card)}. ${describeCard(card)}`,
  }));
  if (manifest.seeds.length > 1)
    notes.push({
      text: `Mean ± standard deviation over the seeds ${manifest.seeds.join(', ')} of students and samples; autoencoder and teacher are the same for all.`,
    });
  if (manifest.cells.length > 1)
    notes.push({
      text: `Δ baseline: FID minus that of the cell ${manifest.toggles.length > 0 ? 'with all switches off' : cells[0]!.cell.id}, paired by seed. Best of the complete cells in bold.`,
    });
  if (cards.length > 1)
    notes.push({
      text: 'FIDs with different marks were taken differently and must not be compared (n/c: not comparable).',
    });
  if (cards.some(({ card }) => !card.comparableWithPublished))
    notes.push({ text: 'Not every value above was taken as published ones are; see the cards.' });
  for (const { cell } of cells)
    for (const { id, status, reason } of cell.runs)
      if (status !== 'done')
        notes.push({ text: `${id}: ${status}${reason === undefined ? '' : ` (${reason})`}.` });
  if (manifest.paper) notes.push(...paperNotes(manifest.paper.dataset));
  return notes;
}

/** The table of a sweep: teachers first, then the cells. The same manifest gives the same table. */
export function buildSweepTable(manifest: SweepManifest): ResultsTable {
  const frame: Frame = {
    ...summarizeSweep(manifest),
    manifest,
    marks: new Map(cardsOf(manifest).map(({ card }, index) => [cardDigest(card), markOf(index)])),
  };
  const specs = [
    ...leadingColumns(manifest),
    ...fidColumns,
    ...furtherColumns(manifest),
    ...closingColumns(manifest),
  ];
  return {
    title: manifest.sweep,
    columns: columnsOf(specs),
    rows: [
      ...manifest.teachers.map((teacher, index) =>
        specs.map((spec) => spec.teacher?.(teacher, index, frame) ?? absent),
      ),
      ...frame.cells.map((row) => specs.map(({ cell }) => cell(row, frame))),
    ],
    notes: notesOf(frame),
  };
}
