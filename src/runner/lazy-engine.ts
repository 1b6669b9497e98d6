// The engine of a run, made when the first stage needs it.
import type { EngineOptions } from '../engine/engine-options.ts';
import type { Engine } from '../engine/engine.ts';
import { selectEngine } from '../engine/select-engine.ts';

/** Makes the engine on the first call and gives the same one afterwards. */
export function lazyEngine(options: EngineOptions): () => Promise<Engine> {
  let engine: Promise<Engine> | undefined;
  return () => (engine ??= selectEngine(options));
}
