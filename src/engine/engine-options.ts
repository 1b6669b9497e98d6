// What an engine is made from, as one value: the experiment says it, the command line may change it, and the commands
// that sdx starts are told the same. A new setting of engines is one member of EngineOptions and one of `names`.
import type { Engine } from './engine.ts';

/** What computes, for the onnx engine. */
export type Device = 'cpu' | 'webgpu';

/** What an engine is made from where no experiment says it. */
export const usualEngine: EngineOptions = { engine: 'onnx', device: 'cpu', threads: 0 };

export interface EngineOptions {
  readonly engine: Engine['name'];
  readonly device: Device;
  /** CPU threads of an operator, for the engines onnx and tensorflow; 0 is all physical cores, or as many as libtensorflow takes. */
  readonly threads: number;
}

/** What a command line says of them; what is absent is as the experiment says. */
export type EngineFlags = Partial<EngineOptions>;

/** Keys of an experiment, and by the same names flags of the command line. */
const names = Object.keys({
  engine: true,
  device: true,
  threads: true,
} satisfies Record<keyof EngineOptions, true>) as readonly (keyof EngineOptions)[];

/** The options of `experiment`, changed by `flags`; other members of either are left out. */
export function engineOptions(experiment: EngineOptions, flags: EngineFlags = {}): EngineOptions {
  return { ...pick(experiment), ...pick(flags) };
}

/** The flags as changes to an experiment: `engine=onnx`. */
export function engineOverrides(flags: EngineFlags): string[] {
  return Object.entries(pick(flags)).map(([name, value]) => `${name}=${value}`);
}

/** The flags for a command line of sdx: `--engine`, `onnx`. */
export function engineArguments(flags: EngineFlags): string[] {
  return Object.entries(pick(flags)).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function pick<T extends EngineFlags>(options: T): Pick<T, keyof EngineOptions> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
