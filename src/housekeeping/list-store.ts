// `sdx ls`: what lies in a store, who needs it, and where its runs stand. What cannot be read is told and passed over:
// nothing is removed here.
import { UserError } from '../errors.ts';
import { judge, type Judged } from './judge.ts';
import { readStoreState, usersAtWork, type StoreState } from './store-state.ts';
import { findUsers, type FindUsersOptions, type FoundUsers } from './users.ts';

export interface StoreListing {
  readonly things: readonly Judged[];
  readonly runs: StoreState['runs'];
  /** Files whose needs are not known. */
  readonly problems: FoundUsers['problems'];
}

/** Throws UserError for places that cannot be looked through. */
export async function listAll(options: FindUsersOptions): Promise<StoreListing> {
  const { store } = options;
  const { users, problems, planner } = await findUsers(options);
  const state = await readStoreState(store.dir);
  const atWork = await usersAtWork(store.dir, planner).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const unread = atWork instanceof UserError ? [{ file: store.dir, error: atWork }] : [];
  return {
    things: judge({
      state,
      users: [...users, ...(atWork instanceof UserError ? [] : atWork)],
      now: Date.now(),
    }),
    runs: state.runs,
    problems: [...problems, ...unread],
  };
}
