// A sweep's jobs, and the trainings of some of them; nothing is written.
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { JobState } from '../jobs/job-state.ts';
import { readRunRecord } from '../runner/run-record.ts';
import { catalog } from '../stages/catalog.ts';
import type { Store } from '../store/store.ts';
import { readSweepStatus, type SweepStatus } from '../sweep/sweep-status.ts';
import type { TimeLeft } from './time-left.ts';
import { reportsIn, trainingOf, type Curve, type Row, type View } from './view.ts';

export interface WatchedSweep {
  readonly name: string;
  readonly store: Store;
  readonly resultsDir: string;
}

/** Curves of more students are a tangle. */
const shownCurves = 8;

export async function viewSweep({ name, store, resultsDir }: WatchedSweep, now: number): Promise<View> {
  const base = { kind: 'sweep' as const, name, reports: await reportsIn(path.join(resultsDir, name)) };
  const status = await readSweepStatus(store, name).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'input') return undefined; // never launched
    throw error;
  });
  if (status === undefined) return { ...base, status: 'not run', rows: [], curves: [] };
  const { jobs } = status;
  const times = jobs.flatMap(({ started, finished }) =>
    [started, finished].filter((time) => time !== undefined),
  );
  const left = leftOf(jobs, now);
  return {
    ...base,
    status: statusOf(jobs),
    ...(times.length > 0 && { started: times.sort()[0]!, updated: times.at(-1)! }),
    ...(left && { left }),
    rows: jobs.map(rowOf),
    curves: await curvesOf(status, store),
  };
}

function statusOf(jobs: readonly JobState[]): string {
  const has = (status: JobState['status']): boolean => jobs.some((job) => job.status === status);
  if (has('running')) return 'running';
  if (jobs.every(({ status }) => status === 'done')) return 'done';
  return has('submitted') ? 'submitted' : has('failed') ? 'failed' : 'interrupted';
}

function secondsOf({ started, finished }: JobState): number | undefined {
  if (started === undefined || finished === undefined) return undefined;
  return (Date.parse(finished) - Date.parse(started)) / 1000;
}

/** From the mean time of jobs that ended well, with as many at a time as run now; undefined where none runs or none has ended. */
function leftOf(jobs: readonly JobState[], now: number): TimeLeft | undefined {
  const times = jobs.flatMap((job) => (job.status === 'done' ? (secondsOf(job) ?? []) : []));
  const running = jobs.filter(({ status }) => status === 'running');
  if (times.length === 0 || running.length === 0) return undefined;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const waiting = jobs.filter(({ status }) => status === 'pending' || status === 'submitted').length;
  const begun = running.map(({ started = '' }) =>
    Math.max(0, mean - (now - Date.parse(started)) / 1000 || 0),
  );
  const seconds = (waiting * mean + begun.reduce((sum, time) => sum + time, 0)) / running.length;
  return { seconds, isLowerBound: false };
}

function rowOf(job: SweepStatus['jobs'][number]): Row {
  const { id, status, progress, note, error } = job;
  const seconds = secondsOf(job);
  const notes = [note, status === 'failed' ? error?.split('\n')[0] : undefined].filter(Boolean);
  return {
    ...{ id, status },
    ...(seconds !== undefined && { seconds }),
    ...(progress !== undefined && { progress }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

/** The students of jobs at work, then of those that ended last. */
async function curvesOf({ sweep, jobs, cells }: SweepStatus, store: Store): Promise<Curve[]> {
  const begun = jobs.filter(({ id, started }) => started !== undefined && cells.includes(id));
  const latest = [...begun].sort(
    (a, b) =>
      Number(b.status === 'running') - Number(a.status === 'running') ||
      (b.started ?? '').localeCompare(a.started ?? ''),
  );
  const curves = await Promise.all(
    latest.slice(0, shownCurves).map(async ({ id }): Promise<Curve[]> => {
      const experiment = `${sweep}-${id}`;
      const record = await readRunRecord(store.runFile(experiment));
      const found = Object.entries(record?.nodes ?? {}).find(([, { kind }]) => kind === catalog.distill.kind);
      if (found === undefined) return [];
      const [stage, { kind, key }] = found;
      const { curve } = await trainingOf(store, experiment, stage, key);
      return curve.length > 0 ? [{ name: id, kind, points: curve }] : [];
    }),
  );
  return curves.flat();
}
