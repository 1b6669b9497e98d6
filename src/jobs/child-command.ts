// The command lines by which sdx starts itself: jobs of a sweep here or on a cluster, shards of stages, all ranks of MPI.
// What the user asked of the engine reaches every one of them from here.
import path from 'node:path';
import { engineArguments, type EngineFlags } from '../engine/engine-options.ts';

export interface ChildCommand {
  /** Program and first arguments; the command line of sdx follows. */
  readonly program: readonly string[];
  /** The command of sdx, its arguments, and options that only it has. */
  readonly words: readonly string[];
  /** Folders; absent where the command knows them. */
  readonly places?: { readonly store: string; readonly results: string };
  readonly engine: EngineFlags;
}

/** Paths are absolute, for jobs that start elsewhere. */
export function childCommand({ program, words, places, engine }: ChildCommand): string[] {
  return [
    ...program,
    ...words,
    ...(places ? ['--store', path.resolve(places.store), '--results', path.resolve(places.results)] : []),
    ...engineArguments(engine),
  ];
}
