// The engine that a command computes with, as experiment and command line together ask for it.
import { availableParallelism } from 'node:os';
import { engineOptions, type EngineFlags, type EngineOptions } from '../engine/engine-options.ts';
import { checkEngine } from '../runner/check-engine.ts';
import type { Io } from './io.ts';

/**
 * Warns of more threads than there are cores: allowed, slower, and nearly always a mistake. Throws UserError('usage')
 * for a device that is not there or not the engine's, before anything is computed.
 */
export async function askedEngine(
  experiment: EngineOptions,
  flags: EngineFlags,
  io: Pick<Io, 'stderr'>,
): Promise<EngineOptions> {
  const asked = engineOptions(experiment, flags);
  await checkEngine(asked);
  const cores = availableParallelism();
  if (asked.threads > cores)
    io.stderr.write(
      `warning: ${asked.threads} threads, but this machine has ${cores}: they wait for one another; 0 takes what there is\n`,
    );
  return asked;
}
