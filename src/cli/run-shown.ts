// What commands share that run stages on trained models: the engine is made when a stage needs it, and stderr shows how far
// they are.
import type { Experiment } from '../config/types.generated.ts';
import { lazyEngine } from '../runner/lazy-engine.ts';
import type { RunOptions } from '../runner/run-plan.ts';
import { stages } from '../stages/registry.ts';
import { askedEngine } from './asked-engine.ts';
import type { Io } from './io.ts';
import { openProgress } from './progress.ts';

export type Shown = Pick<RunOptions, 'stages' | 'engine' | 'signal' | 'onEvent'>;

/** What `work` gives, which computes by the engine that `config` asks for. Throws what it throws, and as askedEngine does. */
export async function runShown<T>(
  config: Experiment,
  io: Io,
  work: (shown: Shown) => Promise<T>,
): Promise<T> {
  const engine = lazyEngine(await askedEngine(config, {}, io));
  const progress = openProgress(io);
  const onEvent: Shown['onEvent'] = (event) => {
    progress.show(event);
  };
  return work({ stages, engine, signal: io.signal, onEvent }).finally(() => {
    progress.close();
  });
}
