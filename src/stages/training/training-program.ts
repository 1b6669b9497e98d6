// The compiled training step behind one face: one graph in one process, or two graphs with a sum over the parts of a batch
// and over all processes in between. Either way a step takes the batch's part of this process and gives the losses of the whole batch.
import { slotsOf, type Group } from '../../distributed/group.ts';
import {
  sizeOf,
  type Engine,
  type HostTensor,
  type HostTensors,
  type TensorSpecs,
} from '../../engine/engine.ts';
import { InvariantError } from '../../errors.ts';
import { flatGradient, splitStep } from '../../optim/split-step.ts';
import {
  trainStep,
  type Trained,
  type TrainHyperparameters,
  type TrainState,
} from '../../optim/train-step.ts';

export interface TrainingProgramTask extends Trained {
  readonly settings: TrainHyperparameters & { readonly batchSize: number; readonly microBatch?: number };
  /** Shapes of a batch of `samples`. */
  readonly inputs: (samples: number) => TensorSpecs;
  /** Frozen tensors that the loss reads. */
  readonly constants?: HostTensors;
}

export interface TrainingProgram extends Pick<TrainState, 'initialState' | 'weights'> {
  /** The samples of each batch that this process computes. */
  readonly slots: readonly number[];
  /**
   * Step `step`, counted from 0, on the samples of `slots`: the losses of the whole batch. `stop` asks to stop after
   * it; it comes back as what all processes agreed on.
   */
  step(step: number, batch: HostTensors, stop: boolean): Promise<StepOutcome>;
  getState(): Promise<HostTensors>;
  /** The state itself where the engine can show it: read only, and only until the next step. */
  viewState(): Promise<HostTensors>;
  /** Tensors of the state's shapes, all 0. */
  emptyState(): HostTensors;
  setState(state: HostTensors): void;
  dispose(): Promise<void>;
}

export interface StepOutcome {
  readonly losses: Readonly<Record<string, number>>;
  readonly stop: boolean;
}

/** Compiles the step for this process alone. */
export async function openTraining(engine: Engine, task: TrainingProgramTask): Promise<TrainingProgram> {
  const { settings, constants } = task;
  const step = trainStep(task, settings);
  const program = await engine.compile(step.fn, {
    state: step.state,
    inputs: { ...step.inputs, ...task.inputs(settings.batchSize) },
    ...(constants && { constants }),
  });
  return {
    ...step,
    slots: slotsOf({ rank: 0, size: 1 }, settings.batchSize),
    step: async (n, batch, stop) => ({
      losses: numbers(await program.run({ ...batch, ...step.stepScalars(n) })),
      stop,
    }),
    getState: () => program.getState(),
    viewState: () => program.viewState(),
    emptyState: () => zeros(step.state),
    setState: (state) => {
      program.setState(state);
    },
    dispose: () => program.dispose(),
  };
}

/**
 * Compiles the step in two graphs, gradients and update: for this process as one of `group`, for parts of
 * `settings.microBatch` samples, or for both. What crosses between the graphs are the weights and one flat gradient.
 */
export async function openSplitTraining(
  engine: Engine,
  task: TrainingProgramTask,
  group: Pick<Group, 'rank' | 'size' | 'sum'> = alone,
): Promise<TrainingProgram> {
  const { settings, constants } = task;
  const slots = slotsOf(group, settings.batchSize);
  const samples = Math.min(settings.microBatch ?? slots.length, slots.length);
  const parts = slots.length / samples;
  if (!Number.isInteger(parts)) throw new InvariantError(`${slots.length} samples in parts of ${samples}`);
  const { gradient, update, ...step } = splitStep(task, settings, 1 / (group.size * parts));
  const gradients = await engine.compile(gradient.fn, {
    inputs: { ...gradient.inputs, ...task.inputs(samples) },
    ...(constants && { constants }),
  });
  const updates = await engine.compile(update.fn, { state: step.state, inputs: update.inputs });
  return {
    ...step,
    slots,
    step: async (n, batch, stop) => {
      const weights = gradient.weightsOf(await updates.viewState());
      let sum: HostTensors = {};
      for (let part = 0; part < parts; part++) {
        const rows = parts === 1 ? batch : rowsOf(batch, part * samples, samples);
        const found = await gradients.run({ ...rows, ...weights });
        sum = part === 0 ? found : added(sum, found);
      }
      const { [flatGradient]: flat, ...terms } = sum;
      if (flat === undefined) throw new InvariantError('no gradient came out');
      group.sum(flat.data as Float32Array);
      const agreed = shared(group, numbers(terms), stop);
      await updates.run({ [flatGradient]: flat, ...step.stepScalars(n) });
      return agreed;
    },
    getState: () => updates.getState(),
    viewState: () => updates.viewState(),
    emptyState: () => zeros(step.state),
    setState: (state) => {
      updates.setState(state);
    },
    dispose: async () => {
      await Promise.all([gradients.dispose(), updates.dispose()]);
    },
  };
}

/** A process that trains by itself. */
const alone = { rank: 0, size: 1, sum: () => undefined };

/** `count` samples of a batch from sample `from` on; nothing is copied. */
function rowsOf(batch: HostTensors, from: number, count: number): HostTensors {
  return Object.fromEntries(
    Object.entries(batch).map(
      ([
        name,
        {
          shape: [, ...shape],
          dtype,
          data,
        },
      ]) => {
        const row = sizeOf(shape);
        return [
          name,
          { shape: [count, ...shape], dtype, data: data.subarray(from * row, (from + count) * row) },
        ];
      },
    ),
  );
}

/** `sum` with `found` added to it in place. */
function added(sum: HostTensors, found: HostTensors): HostTensors {
  for (const [name, { data }] of Object.entries(sum)) {
    const other = found[name]!.data;
    for (let i = 0; i < data.length; i++) data[i]! += other[i]!;
  }
  return sum;
}

/** Losses added up over the processes, and whether any of them wants to stop. */
function shared(
  group: Pick<Group, 'sum'>,
  losses: Readonly<Record<string, number>>,
  stop: boolean,
): StepOutcome {
  const names = Object.keys(losses);
  const values = Float32Array.of(...Object.values(losses), stop ? 1 : 0);
  group.sum(values);
  return {
    losses: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    stop: values[names.length]! > 0,
  };
}

function zeros(specs: TensorSpecs): HostTensors {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      { ...spec, data: new Float32Array(sizeOf(spec.shape)) },
    ]),
  );
}

function numbers(scalars: Readonly<Record<string, HostTensor>>): Record<string, number> {
  return Object.fromEntries(Object.entries(scalars).map(([name, { data }]) => [name, data[0]!]));
}
