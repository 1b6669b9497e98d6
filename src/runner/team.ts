// The ranks of one run over MPI. Rank 0 runs the plan as it would alone; when a stage trains, it calls the others to
// it with all they need to know, and they run the same stage beside it. Between calls they sleep. They write no result.
import type { Group } from '../distributed/group.ts';
import type { Mpi } from '../distributed/mpi.ts';
import type { Engine } from '../engine/engine.ts';
import { InvariantError } from '../errors.ts';
import type { StageKind, StageParams } from '../stages/catalog.ts';
import type { AnyStage, Artifact, UntypedContext } from '../stages/stage.ts';

/** A stage to be run by all ranks; JSON. Folders are on a file system that all share. */
export interface SharedWork {
  readonly kind: StageKind;
  readonly params: StageParams[StageKind];
  readonly seed: number;
  readonly inputs: Readonly<Record<string, Artifact>>;
  /** Rank 0's: the others find and leave there what all can use, such as encoded captions. */
  readonly workDir: string;
}

/** What rank 0 says to the others. */
type Order =
  { readonly type: 'work'; readonly work: SharedWork } | { readonly type: 'end'; readonly exitCode: number };

export interface Team {
  readonly size: number;
  /** Aborts when a rank other than 0 gets a signal. */
  readonly signal: AbortSignal;
  /** Whether the others are in the middle of work in common: then no stage can fail without ending all. */
  readonly busy: boolean;
  call(work: SharedWork): Promise<Group>;
  /** Ends the other ranks, with the same exit code; the last thing that rank 0 does. Does not return if `busy`. */
  end(exitCode: number): Promise<void>;
}

const listenMs = 100;

/** The team of rank 0. */
export function leadTeam(mpi: Mpi): Team {
  const controller = new AbortController();
  const listening = setInterval(() => {
    if (mpi.raised()) controller.abort();
  }, listenMs).unref();
  const group = new RankGroup(mpi);
  return {
    size: mpi.size,
    signal: controller.signal,
    get busy() {
      return group.busy;
    },
    call: async (work) => {
      await sendOrder(mpi, { type: 'work', work });
      return group.start();
    },
    end: async (exitCode) => {
      clearInterval(listening);
      if (group.busy) mpi.abort(exitCode);
      await sendOrder(mpi, { type: 'end', exitCode });
      mpi.finalize();
    },
  };
}

export interface FollowOptions {
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly engine: () => Promise<Engine>;
  readonly signal: AbortSignal;
}

/**
 * What the other ranks do: work when called, until rank 0 ends the run; its exit code. Throws what fails on this rank
 * alone; the caller must then end all ranks (Mpi.abort).
 */
export async function follow(mpi: Mpi, { stages, engine, signal }: FollowOptions): Promise<number> {
  // Rank 0 decides when to stop.
  signal.addEventListener('abort', () => {
    mpi.raise();
  });
  for (;;) {
    const order = await receiveOrder(mpi);
    if (order.type === 'end') {
      mpi.finalize();
      return order.exitCode;
    }
    const { kind, params, seed, inputs, workDir } = order.work;
    const group = new RankGroup(mpi);
    const context: UntypedContext = {
      params,
      inputs,
      seed,
      outputDir: '',
      workDir,
      cacheDir: '',
      emit: () => undefined,
      signal,
      engine,
      group: () => Promise.resolve(group.start()),
    };
    try {
      await stages[kind].run(context);
    } catch (error) {
      // After the work in common it is rank 0's to report what happened to all.
      if (group.busy || !group.started) throw error;
    }
    if (group.busy || !group.started) throw new InvariantError(`${kind} left the others behind`);
  }
}

class RankGroup implements Group {
  readonly rank: number;
  readonly size: number;
  started = false;
  busy = false;
  readonly #mpi: Mpi;

  constructor(mpi: Mpi) {
    this.#mpi = mpi;
    this.rank = mpi.rank;
    this.size = mpi.size;
  }

  start(): this {
    this.started = true;
    this.busy = true;
    return this;
  }

  sum(vector: Float32Array): void {
    this.#mpi.sum(vector);
  }

  broadcast(data: Float32Array | Int32Array | Uint8Array): void {
    this.#mpi.broadcast(data);
  }

  release(): void {
    this.busy = false;
  }
}

async function sendOrder(mpi: Mpi, order: Order): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(order));
  await mpi.broadcastPatiently(Int32Array.of(text.length));
  await mpi.broadcastPatiently(text);
}

async function receiveOrder(mpi: Mpi): Promise<Order> {
  const length = new Int32Array(1);
  await mpi.broadcastPatiently(length);
  const text = new Uint8Array(length[0]!);
  await mpi.broadcastPatiently(text);
  return JSON.parse(new TextDecoder().decode(text)) as Order;
}
