// The engines by name. Each is loaded when it is chosen, with the libraries below it.
import type { Engine } from './engine.ts';

export interface SelectEngineOptions {
  /** CPU threads of an operator, for the onnx engine; 0 is all physical cores. TF.js decides for itself. */
  readonly threads: number;
}

const engines: Readonly<Record<Engine['name'], (options: SelectEngineOptions) => Promise<Engine>>> = {
  onnx: async ({ threads }) => (await import('./onnx/engine.ts')).onnxEngine({ threads }),
  reference: async () => (await import('./reference.ts')).referenceEngine(),
  tensorflow: async () => (await import('./tensorflow.ts')).tensorflowEngine(),
};

/** Makes the engine. Throws UserError('usage') where it is not installed. */
export function selectEngine(name: Engine['name'], options: SelectEngineOptions): Promise<Engine> {
  return engines[name](options);
}
