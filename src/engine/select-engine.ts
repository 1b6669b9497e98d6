// The engines by name. Each is loaded when it is chosen, with the libraries below it.
import type { EngineOptions } from './engine-options.ts';
import type { Engine } from './engine.ts';

const engines: Readonly<Record<Engine['name'], (options: EngineOptions) => Promise<Engine>>> = {
  onnx: async ({ threads, device }) => (await import('./onnx/engine.ts')).onnxEngine({ threads, device }),
  reference: async () => (await import('./eager.ts')).referenceEngine(),
  tensorflow: async ({ threads }) => (await import('./tensorflow/engine.ts')).tensorflowEngine({ threads }),
};

/** Makes the engine. Throws UserError('usage') where it is not installed. */
export function selectEngine(options: EngineOptions): Promise<Engine> {
  return engines[options.engine](options);
}
