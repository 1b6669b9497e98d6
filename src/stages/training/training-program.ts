// The compiled training step behind one face: one graph in one process, or two graphs with a sum over all processes in
// between. Either way a step takes the batch's part of this process and gives the losses of the whole batch.
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
  readonly settings: TrainHyperparameters & { readonly batchSize: number };
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
    emptyState: () => zeros(step.state),
    setState: (state) => {
      program.setState(state);
    },
    dispose: () => program.dispose(),
  };
}

/** Compiles the step for this process as one of `group`. */
export async function openGroupTraining(
  engine: Engine,
  task: TrainingProgramTask,
  group: Group,
): Promise<TrainingProgram> {
  const { settings, constants } = task;
  const slots = slotsOf(group, settings.batchSize);
  const { gradient, update, ...step } = splitStep(task, settings, 1 / group.size);
  const gradients = await engine.compile(gradient.fn, {
    inputs: { ...gradient.inputs, ...task.inputs(slots.length) },
    ...(constants && { constants }),
  });
  const updates = await engine.compile(update.fn, { state: step.state, inputs: update.inputs });
  return {
    ...step,
    slots,
    step: async (n, batch, stop) => {
      const weights = gradient.weightsOf(await updates.viewState());
      const { [flatGradient]: flat, ...terms } = await gradients.run({ ...batch, ...weights });
      if (flat === undefined) throw new InvariantError('no gradient came out');
      group.sum(flat.data as Float32Array);
      const agreed = shared(group, numbers(terms), stop);
      await updates.run({ [flatGradient]: flat, ...step.stepScalars(n) });
      return agreed;
    },
    getState: () => updates.getState(),
    emptyState: () => zeros(step.state),
    setState: (state) => {
      updates.setState(state);
    },
    dispose: async () => {
      await Promise.all([gradients.dispose(), updates.dispose()]);
    },
  };
}

/** Losses added up over the processes, and whether any of them wants to stop. */
function shared(group: Group, losses: Readonly<Record<string, number>>, stop: boolean): StepOutcome {
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
