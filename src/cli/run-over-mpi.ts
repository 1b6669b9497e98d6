// `sdx run` where the experiment says `distributed: mpi`: rank 0 is the command as it always is, the other ranks help
// it to train. All end together, with the exit code of rank 0 or of the rank that failed.
import { availableParallelism, cpus, hostname } from 'node:os';
import type { Experiment } from '../config/types.generated.ts';
import { unevenBatches } from '../config/check-batches.ts';
import { openMpi } from '../distributed/mpi.ts';
import type { EngineOptions } from '../engine/engine-options.ts';
import { InterruptedError, UserError } from '../errors.ts';
import { lazyEngine } from '../runner/lazy-engine.ts';
import { follow, leadTeam, type Team } from '../runner/team.ts';
import { stages } from '../stages/registry.ts';
import type { Io } from './io.ts';
import { printError } from './print-error.ts';

/** What rank 0 runs with. */
export interface LeadOptions {
  readonly io: Io;
  readonly team: Team;
  readonly engine: EngineOptions;
}

/** Runs `lead` on rank 0 and returns the exit code; errors are printed here, because ending the others comes last. */
export async function runOverMpi(
  config: Experiment,
  asked: EngineOptions,
  io: Io,
  json: boolean,
  lead: (options: LeadOptions) => Promise<number>,
): Promise<number> {
  const mpi = await openMpi();
  const engine = { ...asked, threads: threadsOf(asked.threads, mpi.localSize) };
  if (mpi.rank !== 0)
    try {
      return await follow(mpi, { stages, engine: lazyEngine(engine), signal: io.signal });
    } catch (error) {
      io.stderr.write(`rank ${mpi.rank} on ${hostname()}:\n`);
      mpi.abort(printError(error, io, json));
    }
  const team = leadTeam(mpi);
  const signal = AbortSignal.any([io.signal, team.signal]);
  let exitCode: number;
  try {
    checkBatchSizes(config, mpi.size);
    if (mpi.size === 1)
      io.stderr.write(
        'warning: `distributed: mpi`, but there is one process only; start more with `mpirun -n 4 sdx run ...`\n',
      );
    exitCode = await lead({ io: { ...io, signal }, team, engine });
  } catch (error) {
    const stopped = signal.aborted && error instanceof Error && error.name === 'AbortError';
    exitCode = printError(stopped ? new InterruptedError() : error, io, json);
  }
  await team.end(exitCode);
  return exitCode;
}

/** Threads of this rank: as asked, else its part of the machine, or the cores that mpirun has bound it to. */
function threadsOf(asked: number, localSize: number): number {
  return asked > 0
    ? asked
    : Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / localSize)));
}

/** Throws UserError('usage') where a batch cannot be shared evenly. */
export function checkBatchSizes(config: Experiment, ranks: number): void {
  const uneven = unevenBatches(config, ranks);
  if (uneven === undefined) return;
  throw new UserError('usage', uneven, {
    hint: 'a batch is shared evenly by all ranks: change the batch size, or start another number of them',
  });
}
