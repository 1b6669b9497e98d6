// What the page of `sdx watch` shows of an experiment or a sweep at one moment: plain JSON.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CurvePoint } from '../results/manifest.ts';
import { logFolder, readTrainingLog } from '../runner/training-log/log-file.ts';
import type { LoggedPoint } from '../runner/training-log/event-records.ts';
import type { Store } from '../store/store.ts';
import type { TimeLeft } from './time-left.ts';

/** A stage of an experiment, or a job of a sweep. */
export interface Row {
  readonly id: string;
  readonly status: string;
  readonly seconds?: number;
  readonly progress?: string;
  readonly note?: string;
}

/** The losses of one training so far. */
export interface Curve {
  readonly name: string;
  readonly kind: string;
  readonly points: readonly CurvePoint[];
}

export interface View {
  readonly kind: 'experiment' | 'sweep';
  readonly name: string;
  /** Of the run as a whole; `not run` where there was none. */
  readonly status: string;
  /** ISO 8601. */
  readonly started?: string;
  readonly updated?: string;
  readonly left?: TimeLeft;
  /** Empty where there was no run. */
  readonly rows: readonly Row[];
  readonly curves: readonly Curve[];
  /** Pages below the results folder, by their paths. */
  readonly reports: readonly string[];
}

const pages = ['report.html', 'analysis/analysis.html', 'figures/figures.html'];

/** The pages that are there. */
export async function reportsIn(folder: string): Promise<string[]> {
  const found = await Promise.all(
    pages.map((page) =>
      stat(path.join(folder, page)).then(
        () => [page],
        () => [],
      ),
    ),
  );
  return found.flat();
}

export interface Training {
  readonly curve: readonly CurvePoint[];
  /** With the times of its points; of trainings that have not ended. */
  readonly logged: readonly LoggedPoint[];
}

/** The losses of a stage: of what is published, else what its log has of it. */
export async function trainingOf(
  store: Store,
  experiment: string,
  stage: string,
  key: string,
): Promise<Training> {
  const published = (await store.find(key))?.summary['curve'];
  if (published !== undefined) return { curve: published as readonly CurvePoint[], logged: [] };
  const log = await readTrainingLog(logFolder(store.dir, experiment, stage));
  const logged = log?.key === key ? log.points : [];
  return { curve: logged.map(({ step, values }) => ({ step, loss: NaN, ...values })), logged };
}
