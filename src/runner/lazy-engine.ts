// The engine of a run, made when the first stage needs it.
import type { Engine } from '../engine/engine.ts';
import { selectEngine, type SelectEngineOptions } from '../engine/select-engine.ts';

/** Makes the engine on the first call and gives the same one afterwards. */
export function lazyEngine(name: Engine['name'], options: SelectEngineOptions): () => Promise<Engine> {
  let engine: Promise<Engine> | undefined;
  return () => (engine ??= selectEngine(name, options));
}
