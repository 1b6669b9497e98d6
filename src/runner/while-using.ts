// A run, and what reads its artifacts afterwards, says what it uses, so that no `sdx gc` removes it meanwhile.
import type { Plan } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';
import type { Use } from '../store/uses.ts';
import type { RunEvent } from './events.ts';

export interface UsingOptions {
  readonly plan: Plan;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** The use of every artifact of the plan. Waits, and says so, while artifacts are being removed. Throws as Store.use does. */
export function useOf({ plan: { nodes }, store, signal, onEvent }: UsingOptions): Promise<Use> {
  const [first] = nodes;
  return store.use(
    nodes.map(({ key }) => key),
    {
      signal,
      onWait: () => {
        if (first === undefined) return;
        const message = `waits for sdx gc, which removes artifacts from ${store.dir}`;
        onEvent({ time: new Date().toISOString(), type: 'stage-info', stage: first.id, message });
      },
    },
  );
}

/** Does `work` while the plan's artifacts are in use. Throws what it throws, and as useOf does. */
export async function whileUsing<T>(options: UsingOptions, work: () => Promise<T>): Promise<T> {
  const use = await useOf(options);
  try {
    return await work();
  } finally {
    await use.release();
  }
}
