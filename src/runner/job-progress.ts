// How far a job of a sweep or of a submitted run is, from the record that its run keeps.
import type { JobState } from '../jobs/job-state.ts';
import type { Store } from '../store/store.ts';
import { readRunRecord } from './run-record.ts';

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
