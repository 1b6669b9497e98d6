// What a sweep hands to its report: per cell what sets it apart, per seed what was measured. Plain JSON, complete
// enough that tables, plots and page can be made again from it alone.
import type { Json } from '../files/canonical-json.ts';
import type { FloorResult, ModelResult, PaperDataset } from './manifest.ts';

export type SweepRunStatus = 'done' | 'failed' | 'missing';

/** One seed of a cell. */
export interface SweepRunResult {
  readonly id: string;
  readonly seed: number;
  readonly status: SweepRunStatus;
  /** Why, where it failed. */
  readonly reason?: string;
  readonly configDigest: string;
  readonly stages: readonly { readonly kind: string; readonly name: string; readonly key: string }[];
  /** The student; absent where nothing is known of it. */
  readonly model?: ModelResult;
}

/** What sets a cell apart from the others. */
export interface CellSettings {
  /** `wg1-sp0-fr1-lambdaf0p05`. */
  readonly id: string;
  readonly toggles: Readonly<Record<string, boolean>>;
  readonly axes: readonly { readonly key: string; readonly value: Json }[];
}

export interface SweepCellResult extends CellSettings {
  /** The resolved experiment of the first seed; the others differ in name and `studentSeed`. Paths as in the sweep file. */
  readonly config: unknown;
  /** Index into `teachers`; absent where no run of the cell has ended. */
  readonly teacher?: number;
  readonly runs: readonly SweepRunResult[];
  /** File names within the results folder. */
  readonly files?: { readonly grid?: string };
}

export interface SweepFloor extends FloorResult {
  /** Ids of the cells that it is for; absent where that is all of them. */
  readonly cells?: readonly string[];
}

export interface SweepManifest {
  readonly schemaVersion: 1;
  readonly kind: 'sweep';
  readonly sweep: string;
  readonly description: string;
  readonly sdxVersion: string;
  /** As in the manifests of the cells; several where cells ran on several. */
  readonly engines: readonly Readonly<Record<string, string>>[];
  readonly student: string;
  /** Names of the switches, in the order of the file. */
  readonly toggles: readonly string[];
  /** Dotted keys of the axes. */
  readonly axes: readonly string[];
  readonly seeds: readonly number[];
  /** Every teacher that a cell learned from; usually one. */
  readonly teachers: readonly ModelResult[];
  /** Absent where none was asked for. */
  readonly floors?: readonly SweepFloor[];
  readonly datasets: readonly { readonly kind: string; readonly count: number; readonly digest: string }[];
  readonly cells: readonly SweepCellResult[];
  readonly paper?: { readonly dataset: PaperDataset };
}

/** The students of the seeds that are done. */
export function doneModels({ runs }: SweepCellResult): ModelResult[] {
  return runs.flatMap(({ status, model }) => (status === 'done' && model ? [model] : []));
}

/** The cell that `cell` is compared with: all of `toggles` off, same axes; without toggles the first. */
export function baselineOf<C extends CellSettings>(
  cell: C,
  cells: readonly C[],
  toggles: readonly string[],
): C | undefined {
  if (toggles.length === 0) return cells[0];
  const axes = JSON.stringify(cell.axes);
  return cells.find(
    (other) => toggles.every((name) => other.toggles[name] === false) && JSON.stringify(other.axes) === axes,
  );
}

/** Whether parsed JSON is the manifest of a sweep, of this version. */
export function isSweepManifest(value: unknown): value is SweepManifest {
  const manifest = value as Partial<SweepManifest> | null;
  return manifest?.schemaVersion === 1 && manifest.kind === 'sweep' && Array.isArray(manifest.cells);
}
