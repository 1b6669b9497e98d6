// How much the noise loss depends on each weight, to first order, over the timesteps that matter (Fang, Ma and Wang 2023,
// arXiv:2305.10924, Eq. 5 and 7): the sum of gradients over timesteps from the least noise on, until the loss has fallen to a share of its
// largest, times the weight.
import type { Engine, HostTensors, TensorSpecs } from '../engine/engine.ts';
import { InterruptedError } from '../errors.ts';
import type { ParamSpec } from '../nn/params.ts';
import { gradientsOf, type LossFunction } from '../optim/gradients-of.ts';

export interface ImportanceTask {
  readonly specs: readonly ParamSpec[];
  readonly weights: HostTensors;
  /** A mean over the samples of a batch. */
  readonly loss: LossFunction;
  readonly inputs: TensorSpecs;
  /** Frozen tensors that the loss reads beside the weights. */
  readonly constants: HostTensors;
  /** Ascending. */
  readonly timesteps: readonly number[];
  /** The parts of the batch at a timestep, each of the shapes of `inputs`. */
  readonly batch: (timestep: number) => Promise<readonly HostTensors[]>;
  /** Timesteps count until the loss is below this share of the largest. */
  readonly lossThreshold: number;
}

export interface Importance {
  /** |weight x gradient|, of the weights' names and shapes. */
  readonly scores: HostTensors;
  /** How many timesteps count. */
  readonly counted: number;
}

/** Throws InterruptedError when `signal` aborts. */
export async function taylorImportance(
  engine: Engine,
  task: ImportanceTask,
  signal: AbortSignal,
): Promise<Importance> {
  const names = task.specs.map(({ name }) => name);
  const program = await engine.compile(
    ({ inputs, constants }) => {
      const { gradients, terms } = gradientsOf(
        names,
        names.map((name) => constants[name]!),
        (params, fixed) => task.loss(params, { inputs, constants, fixed }),
      );
      const named = gradients.map((gradient, i): [string, typeof gradient] => [
        gradientPrefix + names[i]!,
        gradient,
      ]);
      return { outputs: { loss: terms.loss, ...Object.fromEntries(named) } };
    },
    { inputs: task.inputs, constants: { ...task.constants, ...task.weights } },
  );
  try {
    const sums = new Map(
      task.specs.map(({ name }) => [name, new Float64Array(task.weights[name]!.data.length)]),
    );
    let [counted, largest] = [0, 0];
    for (const timestep of task.timesteps) {
      if (signal.aborted) throw new InterruptedError();
      const parts = await task.batch(timestep);
      const found = [];
      for (const part of parts) found.push(await program.run(part));
      const loss = found.reduce((sum, { loss: one }) => sum + one!.data[0]! / parts.length, 0);
      largest = Math.max(largest, loss);
      if (loss < task.lossThreshold * largest) break;
      counted++;
      for (const one of found)
        for (const [name, sum] of sums) {
          const { data } = one[gradientPrefix + name]!;
          for (let i = 0; i < sum.length; i++) sum[i]! += data[i]! / parts.length;
        }
    }
    const scores = [...sums].map(([name, sum]): [string, HostTensors[string]] => {
      const { shape, data } = task.weights[name]!;
      return [
        name,
        {
          shape,
          dtype: 'float32',
          data: Float32Array.from(sum, (gradient, i) => Math.abs(gradient * data[i]!)),
        },
      ];
    });
    return { scores: Object.fromEntries(scores), counted };
  } finally {
    await program.dispose();
  }
}

const gradientPrefix = 'gradient/';
