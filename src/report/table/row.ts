// What the tables of experiments and of sweeps are built from: rows of runs, of one seed or of many.
import type { Measurements, ModelResult, PaperDataset } from '../../results/manifest.ts';
import type { Json } from '../../files/canonical-json.ts';
import type { Toggles } from '../paper.ts';
import type { MarkedCard } from './cards.ts';
import type { Cell, Column, Note } from './table.ts';

/** What was measured of a model as it came out of one training. */
export interface Run {
  /** Absent where the row is not repeated: models of an experiment, teachers of a sweep, floors. */
  readonly seed?: number;
  readonly model: Measurements;
}

/** A model of an experiment, a cell of a sweep, or a floor: what real images score. */
export interface Row {
  readonly name: string;
  readonly role: ModelResult['role'] | 'floor';
  /** `done`, or why not: as machines and as people read it. */
  readonly status: string;
  readonly statusText: string;
  /** A model of the row for what does not depend on the seed; absent where none is known. */
  readonly facts?: ModelResult;
  readonly switches: Partial<Toggles>;
  /** Values of a sweep's axes by key. */
  readonly axes: ReadonlyMap<string, Json>;
  /** The runs that are done. */
  readonly runs: readonly Run[];
  /** How many there should be. */
  readonly wanted: number;
  /** The teacher that the row learned from. */
  readonly teacher?: Row;
}

/** What only the table of a sweep has. */
export interface SweepFrame {
  readonly axes: readonly string[];
  readonly seeds: readonly number[];
  readonly baselineOf: (row: Row) => Row | undefined;
  readonly baselineNote?: Note;
}

/** A run or model that is not done, for the notes. */
export interface Unfinished {
  readonly name: string;
  readonly statusText: string;
  readonly reason?: string;
}

/** All that a column, a cell or a note may depend on. */
export interface Frame {
  readonly title: string;
  readonly rowTitle: 'Model' | 'Cell';
  readonly rows: readonly Row[];
  readonly best: Row | undefined;
  readonly cards: readonly MarkedCard[];
  readonly unfinished: readonly Unfinished[];
  readonly paper?: PaperDataset;
  readonly sweep?: SweepFrame;
}

export interface ColumnSpec extends Column {
  readonly cell: (row: Row, frame: Frame) => Cell;
}
