// The results table without a format: columns, cells and footnotes. Formats only escape and lay out; what is
// compared, marked or left out is decided here.
import type { Metric, ModelResult, ResultsManifest } from '../../results/manifest.ts';
import { cardDigest, describeCard } from '../../results/metric-card.ts';
import { formatMacs, formatParams, formatRatio, formatSigned, formatSignificant } from './number-format.ts';
import { formatPrinted, paperCitation, paperErrata, paperFid, paperTables } from '../paper.ts';

export interface Column {
  /** Name for machines (CSV header). */
  readonly key: string;
  readonly title: string;
  readonly align: 'left' | 'right' | 'center';
  /** Only for machines: not printed by formats for people. */
  readonly machineOnly?: boolean;
}

export interface Cell {
  readonly text: string;
  /** For machines; null where there is no value. */
  readonly value: string | number | boolean | null;
  readonly bold?: boolean;
  /** Footnote letter. */
  readonly mark?: string;
}

export interface Note {
  /** The footnote letter, where the note belongs to marked cells. */
  readonly mark?: string;
  readonly text: string;
}

export interface ResultsTable {
  readonly title: string;
  readonly columns: readonly Column[];
  /** One row per model; cells in column order. */
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly Note[];
}

const absent: Cell = { text: '–', value: null };
const incomparable: Cell = { text: 'n/c', value: null };

/** What a row needs to know about the others. */
interface Frame {
  readonly manifest: ResultsManifest;
  readonly teacher: ModelResult | undefined;
  /** Footnote letter by card digest, in order of appearance. */
  readonly marks: ReadonlyMap<string, string>;
  readonly best: ModelResult | undefined;
}

interface ColumnSpec extends Column {
  readonly cell: (model: ModelResult, frame: Frame) => Cell;
  /** Whether the table has the column at all. */
  readonly when?: (manifest: ResultsManifest) => boolean;
}

function comparable(a: Metric, b: Metric): boolean {
  return cardDigest(a.card) === cardDigest(b.card);
}

function toggle(on: boolean): Cell {
  return { text: on ? '✓' : '', value: on };
}

/** A count, and for students how many times smaller than the teacher's it is. */
function sized(count: number, of: number | undefined, format: (n: number) => string): Cell {
  const ratio = of === undefined ? '' : ` (${formatRatio(of / count)})`;
  return { text: `${format(count)}${ratio}`, value: count };
}

const unfinished: Readonly<Record<Exclude<ModelResult['status'], 'done'>, Cell>> = {
  failed: { text: 'failed', value: null },
  'not-run': { text: 'not run', value: null },
};

/** FID is there, or the cell says why it is not. */
function fidCell(model: ModelResult, { marks, best }: Frame): Cell {
  if (model.status !== 'done') return unfinished[model.status];
  if (model.fid === undefined) return { text: 'not measured', value: null };
  const mark = marks.get(cardDigest(model.fid.card));
  return {
    text: model.fid.value.toFixed(2),
    value: model.fid.value,
    bold: model === best,
    ...(mark === undefined ? {} : { mark }),
  };
}

function deltaCell({ role, fid }: ModelResult, { teacher }: Frame): Cell {
  if (role === 'teacher' || fid === undefined || teacher?.fid === undefined) return absent;
  if (!comparable(fid, teacher.fid)) return incomparable;
  const value = Number((fid.value - teacher.fid.value).toPrecision(12)); // without binary noise in the CSV
  return { text: formatSigned(value, 2), value };
}

function measured(value: number | undefined): Cell {
  return value === undefined ? absent : { text: formatSignificant(value), value };
}

function paperCell(model: ModelResult, { manifest }: Frame): Cell {
  const value = manifest.paper && paperFid(manifest.paper.dataset, model);
  return value === undefined ? absent : { text: formatPrinted(value), value };
}

const hasSpectra = (manifest: ResultsManifest): boolean =>
  manifest.models.some((model) => model.spectrum !== undefined);

/** Size of the teacher, for students only. */
function teacherSize(model: ModelResult, { teacher }: Frame, what: 'params' | 'macs'): number | undefined {
  return model.role === 'student' ? teacher?.[what] : undefined;
}

const fixedColumns: readonly ColumnSpec[] = [
  { key: 'model', title: 'Model', align: 'left', cell: (m) => ({ text: m.name, value: m.name }) },
  {
    key: 'role',
    title: 'Role',
    align: 'left',
    machineOnly: true,
    cell: (m) => ({ text: m.role, value: m.role }),
  },
  { key: 'wavelet_gating', title: 'WG', align: 'center', cell: (m) => toggle(m.waveletGating) },
  { key: 'spatial', title: 'Spatial', align: 'center', cell: (m) => toggle(m.spatial) },
  { key: 'freq', title: 'Freq', align: 'center', cell: (m) => toggle(m.freq) },
  {
    key: 'params',
    title: '#Param',
    align: 'right',
    cell: (m, frame) => sized(m.params, teacherSize(m, frame, 'params'), formatParams),
  },
  {
    key: 'macs',
    title: 'MACs',
    align: 'right',
    cell: (m, frame) => sized(m.macs, teacherSize(m, frame, 'macs'), formatMacs),
  },
  {
    key: 'attention_macs',
    title: 'Attn MACs',
    align: 'right',
    cell: (m) => ({ text: formatMacs(m.attentionMacs), value: m.attentionMacs }),
  },
  { key: 'fid', title: 'FID ↓', align: 'right', cell: fidCell },
  { key: 'fid_minus_teacher', title: 'Δ teacher', align: 'right', cell: deltaCell },
];

const spectralColumns: readonly ColumnSpec[] = [
  {
    key: 'low_frequency_error',
    title: 'Low-freq error ↓',
    align: 'right',
    when: hasSpectra,
    cell: (m) => measured(m.spectrum?.lowError),
  },
  {
    key: 'high_frequency_error',
    title: 'High-freq error ↓',
    align: 'right',
    when: hasSpectra,
    cell: (m) => measured(m.spectrum?.highError),
  },
];

const closingColumns: readonly ColumnSpec[] = [
  {
    key: 'fid_in_paper',
    title: 'FID in paper',
    align: 'right',
    when: (manifest) => manifest.paper !== undefined,
    cell: paperCell,
  },
  {
    key: 'fid_card',
    title: 'FID card',
    align: 'left',
    machineOnly: true,
    cell: (m) => (m.fid ? { text: cardDigest(m.fid.card), value: cardDigest(m.fid.card) } : absent),
  },
  {
    key: 'status',
    title: 'Status',
    align: 'left',
    machineOnly: true,
    cell: (m) => ({ text: m.status, value: m.status }),
  },
];

/** How metrics besides FID are shown; arrows point to the better side. A metric without a row goes by its name. */
const metricTitles: Readonly<Record<string, { readonly title: string; readonly spread?: string }>> = {
  kid: { title: 'KID ↓', spread: 'kidStd' },
  precision: { title: 'Precision ↑' },
  recall: { title: 'Recall ↑' },
};

const spreads = new Set(Object.values(metricTitles).map(({ spread }) => spread));

/**
 * One column per further metric that any model has, in order of appearance. A metric's standard deviation is printed in
 * its column, and has one of its own for machines.
 */
function metricColumns(manifest: ResultsManifest): ColumnSpec[] {
  const names = new Set(manifest.models.flatMap((model) => Object.keys(model.metrics ?? {})));
  return [...names].map((name) => {
    const { title = name, spread } = metricTitles[name] ?? {};
    return {
      key: name,
      title,
      align: 'right',
      ...(spreads.has(name) ? { machineOnly: true } : {}),
      cell: ({ metrics = {} }, { marks }) => {
        const metric = metrics[name];
        if (metric === undefined) return absent;
        const mark = marks.get(cardDigest(metric.card));
        const deviation = spread === undefined ? undefined : metrics[spread]?.value;
        const { text, value } = measured(metric.value);
        return {
          text: deviation === undefined ? text : `${text} ± ${formatSignificant(deviation)}`,
          value,
          ...(mark === undefined ? {} : { mark }),
        };
      },
    };
  });
}

/** The student with the lowest FID among those whose card is the teacher's (else the first student's). */
function bestStudent(
  models: readonly ModelResult[],
  teacher: ModelResult | undefined,
): ModelResult | undefined {
  const students = models.filter((model) => model.role === 'student' && model.fid !== undefined);
  const yardstick = teacher?.fid ?? students[0]?.fid;
  if (yardstick === undefined) return undefined;
  return students
    .filter((student) => comparable(student.fid!, yardstick))
    .reduce<ModelResult | undefined>(
      (best, one) => (best === undefined || one.fid!.value < best.fid!.value ? one : best),
      undefined,
    );
}

/** Every card of the manifest with its footnote letter. */
export function markedCards(manifest: ResultsManifest): { mark: string; digest: string; metric: Metric }[] {
  const metrics = manifest.models.flatMap((model) => [
    ...(model.fid ? [model.fid] : []),
    ...Object.values(model.metrics ?? {}),
  ]);
  const byDigest = new Map(metrics.map((metric) => [cardDigest(metric.card), metric] as const));
  return [...byDigest].map(([digest, metric], index) => ({
    mark: String.fromCharCode('a'.charCodeAt(0) + (index % 26)).repeat(1 + Math.floor(index / 26)),
    digest,
    metric,
  }));
}

function notesOf(manifest: ResultsManifest): Note[] {
  const cards = markedCards(manifest);
  const notes: Note[] = cards.map(({ mark, digest, metric }) => ({
    mark,
    text: `card ${digest}. ${describeCard(metric.card)}`,
  }));
  const fidCards = new Set(manifest.models.flatMap(({ fid }) => (fid ? [cardDigest(fid.card)] : [])));
  if (fidCards.size > 1)
    notes.push({
      text: 'FIDs with different marks were taken differently and must not be compared (n/c: not comparable).',
    });
  if (cards.some(({ metric }) => !metric.card.comparableWithPublished))
    notes.push({ text: 'Not every value above was taken as published ones are; see the cards.' });
  for (const model of manifest.models)
    if (model.status !== 'done')
      notes.push({
        text: `${model.name}: ${unfinished[model.status].text}${model.reason ? ` (${model.reason})` : ''}.`,
      });
  if (manifest.paper) notes.push(...paperNotes(manifest.paper.dataset));
  return notes;
}

/** Where the paper's numbers of a data set come from, and what is wrong with them. */
export function paperNotes(dataset: keyof typeof paperTables): Note[] {
  const { title, source } = paperTables[dataset];
  const tables = dataset === 'ffhq' ? `${source} and Table 5` : source;
  const errata = paperErrata.filter(({ datasets }) => datasets.includes(dataset));
  return [
    { text: `FID in paper: as printed for ${title} (${tables}), cited, not measured here. ${paperCitation}` },
    ...errata.map(({ text }) => ({ text: `Erratum: ${text}` })),
  ];
}

/** Specifications of columns without what only makes the table. */
export function columnsOf(specs: readonly Column[]): Column[] {
  return specs.map(({ key, title, align, machineOnly }) => ({
    key,
    title,
    align,
    ...(machineOnly === undefined ? {} : { machineOnly }),
  }));
}

/**
 * The table of an experiment. Holds no dates, paths or timings: the same manifest gives the same table, and so
 * does the same experiment run again.
 */
export function buildTable(manifest: ResultsManifest): ResultsTable {
  const teacher = manifest.models.find((model) => model.role === 'teacher');
  const frame: Frame = {
    manifest,
    teacher,
    marks: new Map(markedCards(manifest).map(({ mark, digest }) => [digest, mark])),
    best: bestStudent(manifest.models, teacher),
  };
  const specs = [...fixedColumns, ...metricColumns(manifest), ...spectralColumns, ...closingColumns].filter(
    ({ when }) => when?.(manifest) ?? true,
  );
  return {
    title: manifest.experiment,
    columns: columnsOf(specs),
    rows: manifest.models.map((model) => specs.map(({ cell }) => cell(model, frame))),
    notes: notesOf(manifest),
  };
}
