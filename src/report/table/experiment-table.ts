// The table of an experiment: one row per model.
import { labelTexts } from '../../results/labels.ts';
import type { ModelResult, ResultsManifest } from '../../results/manifest.ts';
import type { SweepFloor } from '../../results/sweep-manifest.ts';
import { tableOf } from './build-table.ts';
import { markedCards } from './cards.ts';
import type { Row, Unfinished } from './row.ts';
import type { ResultsTable } from './table.ts';

const statusTexts: Readonly<Record<ModelResult['status'], string>> = {
  done: 'done',
  failed: 'failed',
  'not-run': 'not run',
};

/** The same manifest gives the same table, and so does the same experiment run again. */
export function buildTable(manifest: ResultsManifest): ResultsTable {
  const { models, floors = [], paper } = manifest;
  const rows = [...floors.map(floorRow), ...experimentRows(models)];
  const table = tableOf({
    title: titleOf(manifest),
    rowTitle: 'Model',
    rows,
    best: undefined, // one seed has no interval
    cards: markedCards([...models, ...floors]),
    unfinished: unfinishedModels(models),
    ...(paper === undefined ? {} : { paper: paper.dataset }),
  });
  return { ...table, notes: [...table.notes, ...labelTexts(manifest).map((text) => ({ text }))] };
}

/** `quickstart`, or with changes `quickstart, seed=1`. */
export function titleOf({ experiment, variant }: Pick<ResultsManifest, 'experiment' | 'variant'>): string {
  return variant === undefined ? experiment : `${experiment}, ${variant}`;
}

/** The models that are not done. */
export function unfinishedModels(models: readonly ModelResult[]): Unfinished[] {
  return models
    .filter(({ status }) => status !== 'done')
    .map((model) => ({ ...model, statusText: statusTexts[model.status] }));
}

/** A row for each model; students know their teacher's. */
export function experimentRows(models: readonly ModelResult[]): Row[] {
  const found = models.find(({ role }) => role === 'teacher');
  const teacher = found && modelRow(found, found.name);
  return models.map((model) => {
    if (model === found && teacher) return teacher;
    return { ...modelRow(model, model.name), ...(teacher && model.role === 'student' ? { teacher } : {}) };
  });
}

/** The row of what real images score; of a sweep whose cells have different ones, it names the cells. */
export function floorRow(floor: SweepFloor): Row {
  const [first, ...more] = floor.cells ?? [];
  const cells = more.length === 0 ? first : `${first} and ${more.length} more`;
  return {
    name: cells === undefined ? floor.name : `${floor.name}, ${cells}`,
    role: 'floor',
    status: 'done',
    statusText: 'done',
    switches: {},
    axes: new Map(),
    runs: [{ model: floor }],
    wanted: 1,
  };
}

/** The row of a model that is not repeated. */
export function modelRow(model: ModelResult, name: string): Row {
  const { role, status, waveletGating, spatial, freq } = model;
  return {
    name,
    role,
    status,
    statusText: statusTexts[status],
    facts: model,
    switches: { waveletGating, spatial, freq },
    axes: new Map(),
    runs: status === 'done' ? [{ model }] : [],
    wanted: 1,
  };
}
