// How far a job of a sweep or of a submitted run is, from the record that its run keeps.
import type { Store } from '../store/store.ts';
import type { JobState } from '../jobs/job-state.ts';
import { readRunRecord } from '../runner/run-record.ts';

/** The stage that a running job is at, and how far: `distill:sd 3/9 steps`; `run` is the name of its record. */
export async function jobProgress(
  store: Store,
  run: string,
  { status }: JobState,
): Promise<{ readonly progress?: string }> {
  if (status !== 'running') return {};
  const record = await readRunRecord(store.runFile(run));
  const at = Object.entries(record?.nodes ?? {}).find(([, node]) => node.status === 'running');
  if (at === undefined) return {};
  const [stage, { progress }] = at;
  return {
    progress: progress ? `${stage} ${Math.floor(progress.done)}/${progress.total} ${progress.unit}` : stage,
  };
}

/** `5 done, 2 running, 1 failed`. */
export function countStates(jobs: readonly JobState[]): string {
  const counts = new Map<string, number>();
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
}

export interface NotedJob extends JobState {
  readonly note?: string;
  readonly progress?: string;
}

/** What the state alone does not say: where it runs or why it waits, how far it is, why it failed. */
export function jobNotes({ status, note, progress, error }: NotedJob): string {
  return [note, progress, status === 'failed' ? error?.split('\n')[0] : undefined].filter(Boolean).join('; ');
}
