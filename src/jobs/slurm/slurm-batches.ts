// Which batches a launch submits: one array per set of jobs that wait for the same, split at the cluster's limit.
// Jobs that are in the queue already are left out, so the same launch can be repeated at any time.
import type { CellJob } from '../launcher.ts';

export interface Batch {
  /** `shared`, `cells`, ...: part of the names of its files. */
  readonly name: string;
  /** One task each, in order. */
  readonly jobs: readonly CellJob[];
  /** Id of the shared job that must have ended well. */
  readonly needs?: string;
  /** Starts only when the batch before has ended: keeps several arrays together under one limit of jobs at a time. */
  readonly follows: boolean;
}

export interface BatchRequest {
  readonly shared: readonly CellJob[];
  readonly cells: readonly CellJob[];
  /** Ids of jobs that Slurm has already. */
  readonly queued: ReadonlySet<string>;
  /** Tasks that one array may have. */
  readonly maxArraySize: number;
  /** Cells at a time; 0 for no limit. */
  readonly atOnce: number;
}

export function planBatches({ shared, cells, queued, maxArraySize, atOnce }: BatchRequest): Batch[] {
  const missing = (jobs: readonly CellJob[]): CellJob[] => jobs.filter(({ id }) => !queued.has(id));
  const sharedBatches = chunks(missing(shared), maxArraySize).map((jobs): Batch => ({
    name: 'shared',
    jobs,
    follows: false,
  }));
  const groups = new Map<string | undefined, CellJob[]>();
  for (const cell of missing(cells)) groups.set(cell.needs, [...(groups.get(cell.needs) ?? []), cell]);
  const cellBatches = [...groups].flatMap(([needs, jobs]) =>
    chunks(jobs, maxArraySize).map((part) => ({ jobs: part, ...(needs === undefined ? {} : { needs }) })),
  );
  return [
    ...sharedBatches,
    ...cellBatches.map((batch, i): Batch => ({ name: 'cells', ...batch, follows: atOnce > 0 && i > 0 })),
  ];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
