// Engines that run the same functions eagerly, on a backend of TF.js: `reference`, on its own CPU backend (slow, for
// conformance), and what tensorflow/engine.ts makes of tfjs-node.
import * as tf from '@tensorflow/tfjs-core';
import {
  refuseLayers,
  type Engine,
  type HostTensor,
  type HostTensors,
  type Program,
  type Signature,
  type TensorFunction,
  type Tensors,
} from './engine.ts';
import { letEventLoopTurn } from './event-loop.ts';
import { loadUnionPackage } from './union-package.ts';

/** Keeps TF.js from printing that other backends are faster. To be called before a backend is first used. */
export function silenceBanner(): void {
  tf.env().set('PROD', true);
}

/** Runs compiled functions eagerly on the TF.js backend called `backend`. */
export function eagerEngine(
  name: 'reference' | 'tensorflow',
  backend: string,
  versions: Record<string, string>,
): Engine {
  silenceBanner();
  loadUnionPackage();
  return letEventLoopTurn({
    name,
    describe: () => ({ engine: name, ...versions }),
    compile(fn, signature) {
      refuseLayers(signature, `the engine ${name}`);
      return Promise.resolve(new EagerProgram(backend, fn, signature));
    },
  });
}

/** TF.js's CPU backend. */
export function referenceEngine(): Engine {
  return eagerEngine('reference', 'cpu', { 'tfjs-backend-cpu': tf.version_core });
}

/** State and constants are tensors of the backend from their first use on; what goes up and down in a run is its own. */
class EagerProgram implements Program {
  readonly #backend: string;
  readonly #fn: TensorFunction;
  readonly #signature: Signature;
  #constants: Tensors | undefined;
  #state: Tensors = {};

  constructor(backend: string, fn: TensorFunction, signature: Signature) {
    this.#backend = backend;
    this.#fn = fn;
    this.#signature = signature;
  }

  run(inputs: HostTensors): Promise<HostTensors> {
    useBackend(this.#backend);
    const constants = (this.#constants ??= upload(this.#signature.constants ?? {}));
    // The scope gives back tensors and no numbers: it would look for tensors in every element of an array.
    const { state, outputs } = tf.tidy(() => {
      const result = this.#fn({ state: this.#state, constants, inputs: upload(copied(inputs)) });
      return { state: { ...(result.state ?? this.#state) }, outputs: { ...result.outputs } };
    });
    const values = download(outputs);
    dispose([this.#state, outputs], [state, constants]);
    this.#state = state;
    return Promise.resolve(values);
  }

  getState(): Promise<HostTensors> {
    return Promise.resolve(download(this.#state));
  }

  viewState(): Promise<HostTensors> {
    return Promise.resolve(view(this.#state));
  }

  setState(state: HostTensors): void {
    useBackend(this.#backend);
    const next = upload(copied(state));
    dispose([this.#state], [this.#constants ?? {}]);
    this.#state = next;
  }

  dispose(): Promise<void> {
    dispose([this.#state, this.#constants ?? {}]);
    this.#state = {};
    this.#constants = undefined;
    return Promise.resolve();
  }
}

function useBackend(name: string): void {
  tf.setBackend(name) as unknown; // of a kind that is ready at once
}

/** Tensors of the backend in use. They may share the memory of what they are made from. */
function upload(tensors: HostTensors): Tensors {
  return mapValues(tensors, (t) => tf.tensor(t.data, [...t.shape], t.dtype));
}

/** A copy that its owner may write over, and nobody else. */
function copied(tensors: HostTensors): HostTensors {
  return mapValues(tensors, (t) => ({ ...t, data: t.data.slice() }));
}

function download(tensors: Tensors): HostTensors {
  return copied(view(tensors));
}

/** What a backend shows of its tensors; may be its own memory. */
function view(tensors: Tensors): HostTensors {
  return mapValues(tensors, (t): HostTensor => ({
    shape: t.shape,
    dtype: t.dtype as HostTensor['dtype'],
    data: t.dataSync(),
  }));
}

/** Frees tensors, also those that were kept beyond their scope, but none that is also in `needed`. */
function dispose(groups: readonly Tensors[], needed: readonly Tensors[] = []): void {
  const spared = new Set(needed.flatMap((tensors) => Object.values(tensors)));
  for (const tensor of groups.flatMap((tensors) => Object.values(tensors)))
    if (!spared.has(tensor)) tensor.dispose();
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
