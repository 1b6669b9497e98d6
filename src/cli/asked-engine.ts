// The engine that a command computes with, as experiment and command line together ask for it.
import { availableParallelism } from 'node:os';
import { engineOptions, type EngineFlags, type EngineOptions } from '../engine/engine-options.ts';
import type { Io } from './io.ts';

/** Warns of more threads than there are cores: allowed, slower, and nearly always a mistake. */
export function askedEngine(
  experiment: EngineOptions,
  flags: EngineFlags,
  io: Pick<Io, 'stderr'>,
): EngineOptions {
  const asked = engineOptions(experiment, flags);
  const cores = availableParallelism();
  if (asked.threads > cores)
    io.stderr.write(
      `warning: ${asked.threads} threads, but this machine has ${cores}: they wait for one another; 0 takes what there is\n`,
    );
  return asked;
}
