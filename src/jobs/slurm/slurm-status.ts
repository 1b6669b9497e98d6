// Where the jobs of a launch stand when Slurm runs them: what each job wrote about itself, corrected by what the queue
// knows better. One call of squeue and one small file per job; nothing has to be running for it.
import { UserError } from '../../errors.ts';
import { readJobState, type JobState } from '../job-state.ts';
import { isQueued, readQueue, type QueuedJob } from './slurm-queue.ts';

/** The state of a job as its file says it, corrected; `note` says what the status alone does not. */
export interface CurrentJobState extends JobState {
  readonly note?: string;
}

export interface CurrentStates {
  /** In the order of the ids. */
  readonly states: readonly CurrentJobState[];
  /** Why the queue could not be asked; the states are then as the jobs wrote them. */
  readonly queueProblem?: string;
}

/** The states of the jobs `ids` of the launch in `folder`, whoever runs them. Asks Slurm only where jobs were submitted. */
export async function readCurrentStates(folder: string, ids: readonly string[]): Promise<CurrentStates> {
  const [states, queue] = await Promise.all([
    Promise.all(
      ids.map(async (id): Promise<JobState> => (await readJobState(folder, id)) ?? { id, status: 'pending' }),
    ),
    readQueue(folder).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    }),
  ]);
  return queue instanceof UserError
    ? { states, queueProblem: queue.message }
    : { states: states.map((state) => currentState(state, queue.get(state.id))) };
}

/**
 * The queue decides whether a job waits or runs, the file decides how it ended. A job of Slurm that is in neither was
 * cancelled, or lost for good: `interrupted`, and the next submission takes it up.
 */
export function currentState(state: JobState, job: QueuedJob | undefined): CurrentJobState {
  if (state.status === 'running' && state.process?.slurm === undefined) return state; // a process of its own
  if (job !== undefined && isQueued(job)) return queuedState(state, job);
  if (state.status !== 'running' && state.status !== 'submitted') return state;
  const how = job === undefined ? 'no longer in the queue' : `ended: ${job.state.toLowerCase()}`;
  return { ...state, status: 'interrupted', ...(job && { slurmJob: job.slurmJob }), note: how };
}

function queuedState(state: JobState, { slurmJob, state: phase, node, reason }: QueuedJob): CurrentJobState {
  if (phase === 'PENDING') {
    const again = state.status === 'running' || state.status === 'interrupted';
    const notes = [again ? 'requeued' : '', reason === '' ? '' : waitText(reason)].filter(Boolean);
    return { ...state, status: 'submitted', slurmJob, ...(notes.length > 0 && { note: notes.join(', ') }) };
  }
  const isOver = state.status === 'done' || state.status === 'failed';
  if (phase === 'COMPLETING' && isOver) return { ...state, slurmJob };
  const note = phase === 'RUNNING' ? `on ${node}` : `${phase.toLowerCase()} on ${node}`;
  return { ...state, status: 'running', slurmJob, note };
}

/** Reasons of squeue as a sentence; the others are shown as they are. */
const waits: Readonly<Record<string, string>> = {
  Dependency: 'waits for other jobs',
  Resources: 'waits for free nodes',
  Priority: 'waits for jobs of higher priority',
  BeginTime: 'starts in a moment',
  JobArrayTaskLimit: 'waits for its turn',
};

function waitText(reason: string): string {
  return waits[reason] ?? `waits: ${reason}`;
}

/** Whether the job waits or runs. */
export function isAtWork({ status }: CurrentJobState): boolean {
  return status === 'submitted' || status === 'running';
}
