// The engines by name. Each is loaded only when it is chosen: the tensorflow one may not be installed.
import type { Engine } from '../engine/engine.ts';
import { UserError } from '../errors.ts';

export interface EngineOptions {
  /** CPU threads; 0 is all physical cores. */
  readonly threads: number;
}

const openers: Readonly<Record<Engine['name'], (options: EngineOptions) => Promise<Engine>>> = {
  onnx: async ({ threads }) => (await import('../engine/onnx/engine.ts')).onnxEngine({ threads }),
  reference: async () => (await import('../engine/reference.ts')).referenceEngine(),
  tensorflow: openTensorflow,
};

/** Makes the engine. Throws UserError('usage') where it is not installed. */
export function openEngine(name: Engine['name'], options: EngineOptions): Promise<Engine> {
  return openers[name](options);
}

/** tfjs-node-gpu or tfjs-node, whichever the user has installed; both register the backend `tensorflow`. */
export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

async function openTensorflow(): Promise<Engine> {
  const { eagerEngine } = await import('../engine/reference.ts');
  const reasons: string[] = [];
  for (const name of tensorflowPackages) {
    try {
      const { version } = (await import(name)) as { readonly version?: Readonly<Record<string, string>> };
      return eagerEngine('tensorflow', 'tensorflow', { package: name, ...version });
    } catch (error) {
      reasons.push(
        `${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
      );
    }
  }
  throw new UserError('usage', 'the engine `tensorflow` is not installed', {
    hint: `run \`npm install ${tensorflowPackages[1]}\`, or choose the engine onnx (${reasons.join('; ')})`,
  });
}

/** Opens the engine on the first call and gives the same one afterwards. */
export function lazyEngine(name: Engine['name'], options: EngineOptions): () => Promise<Engine> {
  let engine: Promise<Engine> | undefined;
  return () => (engine ??= openEngine(name, options));
}
