// Jobs of sweeps and of submitted runs as text.
import type { JobState } from '../jobs/job-state.ts';

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
