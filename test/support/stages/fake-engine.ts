// An engine that runs a function of the tests in place of every network.
import type { Engine, HostTensors } from '../../../src/engine/engine.ts';

/** Programs without state: `run` gives their outputs. */
export function fakeEngine(run: (inputs: HostTensors) => HostTensors): Engine {
  return {
    name: 'onnx',
    describe: () => ({}),
    compile: () =>
      Promise.resolve({
        run: (inputs) => Promise.resolve(run(inputs)),
        getState: () => Promise.resolve({}),
        viewState: () => Promise.resolve({}),
        setState: () => undefined,
        dispose: () => Promise.resolve(),
      }),
  };
}
