// What of a sweep is not done yet: cells without results of their plan, and the shared jobs that those wait for.
import type { Store } from '../store/store.ts';
import { isDone } from './collect-sweep.ts';
import { isStored, type SweepPlan } from './plan-sweep.ts';

/** Ids of jobs. */
export interface JobsToRun {
  readonly shared: readonly string[];
  readonly cells: readonly string[];
}

/** `folder`: the sweep's in the store; it need not exist. */
export async function jobsToRun(folder: string, plan: SweepPlan, store: Store): Promise<JobsToRun> {
  const cells: string[] = [];
  const needed = new Set<string>();
  for (const planned of plan.runs)
    if (!(await isDone(folder, planned))) {
      cells.push(planned.run.id);
      needed.add(planned.needs);
    }
  const shared: string[] = [];
  for (const { id, plan: common } of plan.shared)
    if (needed.has(id) && !(await isStored(common, store))) shared.push(id);
  return { shared, cells };
}
