// Open MPI, called through koffi: what data-parallel training and the ranks' conversation need, and no more. MPI's own
// error handler ends all ranks, so calls return nothing to check. Handles are addresses of libmpi's global symbols;
// constants are those of Open MPI's mpi.h, the same in versions 4 and 5.
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Koffi from 'koffi';
import { UserError } from '../errors.ts';

export interface Mpi {
  readonly rank: number;
  readonly size: number;
  /** Ranks on this machine, this one included. */
  readonly localSize: number;
  /** MPI_Allreduce, sum, in place. Waits busily: for ranks that keep step. */
  sum(vector: Float32Array): void;
  /** MPI_Bcast from rank 0. Waits busily. */
  broadcast(data: Float32Array | Int32Array | Uint8Array): void;
  /** The same where the wait may be long: sleeps, and leaves the event loop free. Never meets `broadcast`. */
  broadcastPatiently(data: Int32Array | Uint8Array): Promise<void>;
  barrier(): void;
  /** Tells rank 0 that this rank was asked to stop. */
  raise(): void;
  /** On rank 0: whether a rank has raised since the last call. */
  raised(): boolean;
  /** Ends all ranks at once with exit code `code`, this one included. */
  abort(code: number): void;
  /** The last call, on every rank. */
  finalize(): void;
}

const library = 'libmpi.so.40';
const inPlace = 1;
const anySource = -1;
const statusIgnore = 0;
const typeShared = 0;
/** Tag of the message "I was asked to stop". */
const stopTag = 1;
const pollMs = 20;

let opened: Promise<Mpi> | undefined;

/** Starts MPI in this process, once. Throws UserError('usage') where koffi or Open MPI is missing, or srun was not told of MPI. */
export function openMpi(): Promise<Mpi> {
  return (opened ??= start());
}

async function start(): Promise<Mpi> {
  refuseSrunWithoutMpi(process.env);
  const koffi = await loadKoffi();
  const mpi = bindings(loadLibrary(koffi));
  // Started alone, without mpirun: no daemon is needed to hold one rank.
  process.env['OMPI_MCA_ess_singleton_isolated'] ??= '1';
  mpi.init(null, null);
  const [rank, size] = [
    numberFrom((out) => mpi.rank(mpi.world, out)),
    numberFrom((out) => mpi.size(mpi.world, out)),
  ];
  const local = new BigUint64Array(1);
  mpi.split(mpi.world, typeShared, rank, mpi.infoNull, local);
  const localSize = numberFrom((out) => mpi.size(local[0]!, out));
  const flag = new Int32Array(1);
  return {
    rank,
    size,
    localSize,
    sum: (vector) => {
      mpi.allreduce(inPlace, vector, vector.length, mpi.float, mpi.opSum, mpi.world);
    },
    broadcast: (data) => {
      mpi.bcast(data, data.byteLength, mpi.byte, 0, mpi.world);
    },
    broadcastPatiently: async (data) => {
      const request = new BigUint64Array(1);
      mpi.ibcast(data, data.byteLength, mpi.byte, 0, mpi.world, request);
      for (;;) {
        mpi.test(request, flag, statusIgnore);
        if (flag[0] !== 0) return;
        await sleep(pollMs);
      }
    },
    barrier: () => {
      mpi.barrier(mpi.world);
    },
    raise: () => {
      mpi.send(new Uint8Array(8), 0, mpi.byte, 0, stopTag, mpi.world);
    },
    raised: () => {
      mpi.iprobe(anySource, stopTag, mpi.world, flag, statusIgnore);
      if (flag[0] === 0) return false;
      mpi.recv(new Uint8Array(8), 0, mpi.byte, anySource, stopTag, mpi.world, statusIgnore);
      return true;
    },
    abort: (code) => {
      mpi.abort(mpi.world, code);
    },
    finalize: () => {
      mpi.finalize();
    },
  };
}

/** Open MPI ends the process in words of its own where srun gives it nothing to find the other ranks by. */
function refuseSrunWithoutMpi(env: NodeJS.ProcessEnv): void {
  const bySrun = env['SLURM_STEP_NUM_TASKS'] !== undefined;
  const wired = ['PMIX_RANK', 'PMI_RANK', 'OMPI_COMM_WORLD_SIZE'].some((name) => env[name] !== undefined);
  if (!bySrun || wired) return;
  throw new UserError('usage', 'srun started this process without MPI, so the ranks cannot find each other', {
    hint: 'start it with `srun --mpi=pmix` (`srun --mpi=list` shows what this Slurm has), or with mpirun',
  });
}

async function loadKoffi(): Promise<typeof Koffi> {
  try {
    return await import('koffi');
  } catch (error) {
    throw new UserError('usage', '`distributed: mpi` needs the package koffi, which does not load', {
      hint: `run \`npm install koffi@3\`, or train in one process with distributed=none (${firstLine(error)})`,
      cause: error,
    });
  }
}

/** With its symbols global: Open MPI's plug-ins look for them there. */
function loadLibrary(koffi: typeof Koffi): Koffi.LibraryHandle {
  try {
    const found = koffi.load(library, { global: true });
    found.symbol('ompi_mpi_comm_world');
    return found;
  } catch (error) {
    throw new UserError('usage', `\`distributed: mpi\` needs Open MPI, but ${library} does not load`, {
      hint:
        'install Open MPI 4 or 5 (Debian: apt-get install openmpi-bin), set LD_LIBRARY_PATH to where it lies, or train ' +
        `in one process with distributed=none (${firstLine(error)})`,
      cause: error,
    });
  }
}

type Call = (...args: unknown[]) => number;

function bindings(lib: Koffi.LibraryHandle) {
  const call = (signature: string): Call => lib.func(`int ${signature}`);
  const handle = (name: string): unknown => lib.symbol(name) as unknown;
  return {
    world: handle('ompi_mpi_comm_world'),
    float: handle('ompi_mpi_float'),
    byte: handle('ompi_mpi_byte'),
    opSum: handle('ompi_mpi_op_sum'),
    infoNull: handle('ompi_mpi_info_null'),
    init: call('MPI_Init(void *argc, void *argv)'),
    rank: call('MPI_Comm_rank(void *comm, void *rank)'),
    size: call('MPI_Comm_size(void *comm, void *size)'),
    split: call('MPI_Comm_split_type(void *comm, int type, int key, void *info, void *made)'),
    allreduce: call('MPI_Allreduce(intptr_t from, void *to, int count, void *type, void *op, void *comm)'),
    bcast: call('MPI_Bcast(void *data, int count, void *type, int root, void *comm)'),
    ibcast: call('MPI_Ibcast(void *data, int count, void *type, int root, void *comm, void *request)'),
    test: call('MPI_Test(void *request, void *flag, intptr_t status)'),
    barrier: call('MPI_Barrier(void *comm)'),
    send: call('MPI_Send(void *data, int count, void *type, int to, int tag, void *comm)'),
    recv: call('MPI_Recv(void *data, int count, void *type, int from, int tag, void *comm, intptr_t status)'),
    iprobe: call('MPI_Iprobe(int from, int tag, void *comm, void *flag, intptr_t status)'),
    abort: call('MPI_Abort(void *comm, int code)'),
    finalize: call('MPI_Finalize()'),
  };
}

/** The int that `write` puts through the pointer it is given. */
function numberFrom(write: (out: Int32Array) => number): number {
  const out = new Int32Array(1);
  write(out);
  return out[0]!;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
