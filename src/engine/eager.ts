// Engines that run the same functions eagerly, on a backend of TF.js: `reference`, on its own CPU backend (slow, for
// conformance), and what tensorflow.ts makes of tfjs-node.
import * as tf from '@tensorflow/tfjs-core';
import type {
  Engine,
  HostTensor,
  HostTensors,
  Program,
  Signature,
  TensorFunction,
  Tensors,
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
    compile: (fn, signature) => Promise.resolve(new EagerProgram(backend, fn, signature)),
  });
}

/** TF.js's CPU backend. */
export function referenceEngine(): Engine {
  return eagerEngine('reference', 'cpu', { 'tfjs-backend-cpu': tf.version_core });
}

class EagerProgram implements Program {
  readonly #backend: string;
  readonly #fn: TensorFunction;
  readonly #signature: Signature;
  #state: HostTensors = {};

  constructor(backend: string, fn: TensorFunction, signature: Signature) {
    this.#backend = backend;
    this.#fn = fn;
    this.#signature = signature;
  }

  run(inputs: HostTensors): Promise<HostTensors> {
    tf.setBackend(this.#backend) as unknown;
    return Promise.resolve(
      tf.tidy(() => {
        const result = this.#fn({
          state: upload(this.#state),
          constants: upload(this.#signature.constants ?? {}),
          inputs: upload(inputs),
        });
        if (result.state) this.#state = download(result.state);
        return download(result.outputs) as unknown as tf.TensorContainer;
      }) as unknown as HostTensors,
    );
  }

  getState(): Promise<HostTensors> {
    return Promise.resolve(this.#state);
  }

  viewState(): Promise<HostTensors> {
    return Promise.resolve(this.#state);
  }

  setState(state: HostTensors): void {
    this.#state = state;
  }

  dispose(): Promise<void> {
    this.#state = {};
    return Promise.resolve();
  }
}

function upload(tensors: HostTensors): Tensors {
  return mapValues(tensors, (t) => tf.tensor(t.data, [...t.shape], t.dtype));
}

function download(tensors: Tensors): HostTensors {
  return mapValues(tensors, (t): HostTensor => ({
    shape: t.shape,
    dtype: t.dtype as HostTensor['dtype'],
    data: t.dataSync().slice(),
  }));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
