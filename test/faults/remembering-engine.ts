// An engine that remembers: what a program gave once for the same state and inputs, it gives again without computing.
// Campaigns run the same stages many times and look at files; the numbers come from the real engine all the same.
import { createHash } from 'node:crypto';
import type { Engine, HostTensors, Program, Signature, TensorFunction } from '../../src/engine/engine.ts';
import { stages } from '../../src/stages/registry.ts';
import type { AnyStage, UntypedContext } from '../../src/stages/stage.ts';

interface Run {
  readonly outputs: HostTensors;
  /** Digest of the state afterwards. */
  readonly state: string;
}

/** Of all programs, by digests. */
class Memory {
  readonly states = new Map<string, HostTensors>();
  readonly runs = new Map<string, Run>();

  keep(state: HostTensors): string {
    const digest = digestOf(state);
    if (!this.states.has(digest)) this.states.set(digest, copy(state));
    return digest;
  }
}

/** Of this process: campaigns share what they have computed. */
const memory = new Memory();

/** Puts an engine that remembers below all stages, for as long as `work` takes. */
export async function withRememberingEngine<T>(work: () => Promise<T>): Promise<T> {
  const real: Readonly<Record<string, AnyStage>> = { ...stages };
  for (const [kind, stage] of Object.entries(real)) {
    const remembering = <C extends Pick<UntypedContext, 'params' | 'engine'>>(context: C): C => ({
      ...context,
      engine: async () => remember(await context.engine(), `${kind} ${JSON.stringify(context.params)}`),
    });
    Object.assign(stages, {
      [kind]: {
        ...stage,
        run: (context) => stage.run(remembering(context)),
        ...(stage.runShard && {
          runShard: async (context, shard) => stage.runShard?.(remembering(context), shard),
        }),
      } satisfies AnyStage,
    });
  }
  try {
    return await work();
  } finally {
    Object.assign(stages, real);
  }
}

/** `scope`: what decides a function beside its text. */
function remember(engine: Engine, scope: string): Engine {
  return {
    name: engine.name,
    describe: () => engine.describe(),
    compile: (fn, signature) => Promise.resolve(new RememberingProgram(engine, scope, fn, signature)),
  };
}

class RememberingProgram implements Program {
  readonly #name: string;
  readonly #compile: () => Promise<Program>;
  #program: Promise<Program> | undefined;
  #state: string;

  constructor(engine: Engine, scope: string, fn: TensorFunction, signature: Signature) {
    const { constants = {}, ...shapes } = signature;
    this.#name = [scope, fn.toString(), JSON.stringify(shapes), digestOf(constants)].join('\n');
    this.#compile = () => engine.compile(fn, signature);
    this.#state = memory.keep({});
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    const { runs, states } = memory;
    const name = [this.#name, this.#state, digestOf(inputs)].join('\n');
    let known = runs.get(name);
    if (known === undefined) {
      const program = await (this.#program ??= this.#compile());
      program.setState(states.get(this.#state)!);
      const outputs = copy(await program.run(inputs));
      known = { outputs, state: memory.keep(await program.viewState()) };
      runs.set(name, known);
    } else await new Promise(setImmediate); // signals are heard between two runs
    this.#state = known.state;
    return copy(known.outputs);
  }

  async getState(): Promise<HostTensors> {
    return copy(await this.viewState());
  }

  viewState(): Promise<HostTensors> {
    return Promise.resolve(memory.states.get(this.#state)!);
  }

  setState(state: HostTensors): void {
    this.#state = memory.keep(state);
  }

  async dispose(): Promise<void> {
    await (await this.#program)?.dispose();
  }
}

function copy(tensors: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
  );
}

function digestOf(tensors: HostTensors): string {
  const hash = createHash('sha256');
  for (const [name, { shape, dtype, data }] of Object.entries(tensors))
    hash
      .update(`${name} ${dtype} ${shape.join()} `)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}
