// Gathers what the cells of a sweep have published into one manifest. A cell's results count only where their stage
// keys are those of its plan now: results of an older configuration are missing, not wrong.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../plan/plan.ts';
import type { ReportImages } from '../report/pages/html-sections.ts';
import { currentManifest } from '../results/current-form.ts';
import type { FloorResult, ModelResult, ResultsManifest } from '../results/manifest.ts';
import type {
  SweepCellResult,
  SweepFloor,
  SweepManifest,
  SweepRunResult,
} from '../results/sweep-manifest.ts';
import { without } from '../results/without.ts';
import { readJobState } from '../jobs/job-state.ts';
import { portableConfig } from '../runner/portable.ts';
import { sdxVersion } from '../runner/sdx-version.ts';
import type { LoadedSweep } from './load-sweep.ts';
import type { PlannedRun, SweepPlan } from './plan-sweep.ts';
import { cellResults } from './sweep-folder.ts';

export interface CollectedSweep {
  readonly manifest: SweepManifest;
  /** PNG bytes by file name. */
  readonly images: ReportImages;
}

/** Sample grids of more cells than this make a folder, not a page. */
const maxGrids = 16;

/** The manifest of the sweep as its cells stand now. Reads results and states only; nothing is computed. */
export async function collectSweep(
  sweep: LoadedSweep,
  plan: SweepPlan,
  folder: string,
): Promise<CollectedSweep> {
  const images: Record<string, Uint8Array> = {};
  const teachers: { key: string; model: ModelResult }[] = [];
  const engines: SweepManifest['engines'][number][] = [];
  const datasets: SweepManifest['datasets'][number][] = [];
  const cells: SweepCellResult[] = [];
  const floors: FloorsOfCells[] = [];

  for (const cell of sweep.cells) {
    const runs: SweepRunResult[] = [];
    let teacher: number | undefined;
    let grid: string | undefined;
    for (const planned of plan.runs.filter((one) => one.cell === cell)) {
      const { run } = planned;
      const found = await readCellManifest(folder, planned);
      runs.push(await runResult(folder, planned, found));
      if (found === undefined) continue;
      addOnce(engines, found.engine);
      const { kind, count, digest } = found.dataset;
      addOnce(datasets, { kind, count, digest });
      addFloors(floors, cell.id, planned.plan, found);
      teacher ??= indexOfTeacher(teachers, planned.plan, found);
      const shown = studentOf(found)?.files?.grid;
      if (grid === undefined && shown !== undefined && sweep.cells.length <= maxGrids) {
        grid = `samples-${cell.id}.png`;
        images[grid] = await readFile(path.join(cellResults(folder), run.config.name, shown));
      }
    }
    cells.push({
      id: cell.id,
      toggles: { ...cell.toggles },
      axes: cell.axes.map(({ key, value }) => ({ key, value })),
      config: portableConfig(cell.runs[0]!.config, path.dirname(sweep.file)),
      ...(teacher === undefined ? {} : { teacher }),
      runs,
      ...(grid === undefined ? {} : { files: { grid } }),
    });
  }

  const paper = sweep.cells[0]?.runs[0]?.config.paper;
  const manifest: SweepManifest = {
    schemaVersion: 1,
    kind: 'sweep',
    sweep: sweep.name,
    description: sweep.description,
    sdxVersion: sdxVersion(),
    engines,
    student: sweep.student,
    toggles: sweep.toggles,
    axes: sweep.cells[0]?.axes.map(({ key }) => key) ?? [],
    seeds: sweep.seeds,
    teachers: teachers.map(({ model }) => model),
    ...(floors.length === 0 ? {} : { floors: floorsOfSweep(floors) }),
    datasets,
    cells,
    ...(paper === undefined ? {} : { paper: { dataset: paper } }),
  };
  return { manifest, images };
}

/** Whether a run of the sweep is over: its results are there and whole, and belong to its plan. */
export async function isDone(folder: string, planned: PlannedRun): Promise<boolean> {
  const manifest = await readCellManifest(folder, planned);
  return manifest !== undefined && studentOf(manifest)?.status === 'done';
}

/** The results of one run; undefined where there are none for its plan. */
async function readCellManifest(
  folder: string,
  { run, plan }: PlannedRun,
): Promise<ResultsManifest | undefined> {
  const file = path.join(cellResults(folder), run.config.name, 'manifest.json');
  try {
    const manifest = JSON.parse(await readFile(file, 'utf8')) as ResultsManifest;
    return isDeepStrictEqual(manifest.stages, stagesOf(plan)) ? currentManifest(manifest) : undefined;
  } catch {
    return undefined; // none, or one that cannot be read: the run makes it anew
  }
}

function stagesOf({ nodes }: Plan): SweepRunResult['stages'] {
  return nodes.map(({ kind, name, key }) => ({ kind, name, key }));
}

function studentOf({ models }: ResultsManifest): ModelResult | undefined {
  return models.find(({ role }) => role === 'student');
}

async function runResult(
  folder: string,
  { run, plan }: PlannedRun,
  manifest: ResultsManifest | undefined,
): Promise<SweepRunResult> {
  const { id, seed, digest: configDigest } = run;
  const common = { id, seed, configDigest, stages: stagesOf(plan) };
  const student = manifest && studentOf(manifest); // its files stay with the cell
  if (student?.status === 'done') return { ...common, status: 'done', model: without(student, 'files') };
  const state = await readJobState(folder, id);
  if (state?.status !== 'failed' && student?.status !== 'failed') return { ...common, status: 'missing' };
  const reason = student?.reason ?? state?.error;
  return {
    ...common,
    status: 'failed',
    ...(reason === undefined ? {} : { reason: oneLine(reason) }),
    ...(student ? { model: without(student, 'files') } : {}),
  };
}

function indexOfTeacher(
  teachers: { key: string; model: ModelResult }[],
  { nodes }: Plan,
  { models }: ResultsManifest,
): number | undefined {
  const model = models.find(({ role }) => role === 'teacher');
  const key = nodes.find(({ id }) => id === 'evaluate:teacher')?.key;
  if (model === undefined || key === undefined) return undefined;
  const known = teachers.findIndex((one) => one.key === key);
  return known >= 0 ? known : teachers.push({ key, model: without(model, 'files') }) - 1;
}

/** What real images score by one stage, and the cells that are held against it. */
interface FloorsOfCells {
  readonly key: string;
  readonly floors: readonly FloorResult[];
  readonly cells: string[];
}

function addFloors(known: FloorsOfCells[], cell: string, { nodes }: Plan, { floors }: ResultsManifest): void {
  const key = nodes.find(({ kind }) => kind === 'floor')?.key;
  if (key === undefined || floors === undefined) return;
  const same = known.find((one) => one.key === key);
  if (same === undefined) known.push({ key, floors, cells: [cell] });
  else if (!same.cells.includes(cell)) same.cells.push(cell);
}

/** Those of all cells, with the cells that each is for where there are several. */
function floorsOfSweep(known: readonly FloorsOfCells[]): readonly SweepFloor[] {
  if (known.length === 1) return known[0]!.floors;
  return known.flatMap(({ floors, cells }) => floors.map((floor) => ({ ...floor, cells })));
}

function addOnce<T>(list: T[], item: T): void {
  if (!list.some((one) => isDeepStrictEqual(one, item))) list.push(item);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
