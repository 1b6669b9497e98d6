// Whether a run has moved anything forward: published a stage, or advanced a checkpoint. A run that has not will not
// do better when it is only started again.
import type { Store, WorkFile } from '../store/store.ts';
import type { RunEvent } from './events.ts';

export class ProgressWatch {
  readonly #store: Store;
  /** Checkpoints as they were when the run began, by key of the stages that it still had to make. */
  readonly #before = new Map<string, Promise<readonly WorkFile[]>>();
  #published = false;
  #stage: string | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The stage that the run is at or was at last. */
  get stage(): string | undefined {
    return this.#stage;
  }

  /** Must see every event of the run. */
  observe(event: RunEvent): void {
    if (event.type === 'plan-start') {
      for (const { key, cached } of event.stages)
        if (!cached)
          this.#before.set(
            key,
            this.#store.workFiles(key).catch(() => []),
          );
    } else if (event.type === 'stage-start' || event.type === 'stage-waiting') this.#stage = event.stage;
    else if (event.type === 'stage-done') this.#published = true;
    // Somebody else has made what this run lacked.
    else if (event.type === 'stage-cached') this.#published ||= this.#before.has(event.key);
  }

  /** Whether there is more now than when the run began. */
  async advanced(): Promise<boolean> {
    if (this.#published) return true;
    for (const [key, before] of this.#before)
      if (listed(await this.#store.workFiles(key)) !== listed(await before)) return true;
    return false;
  }
}

function listed(files: readonly WorkFile[]): string {
  return files
    .map(({ name, bytes }) => `${name} ${bytes}`)
    .sort()
    .join('\n');
}
