// The loop around a compiled training step: checkpoints that survive any interruption, the loss curve, progress and
// the stop at a signal. What is trained is the caller's: a spec, a loss and a source of batches. Several processes may
// run the loop together (settings.distributed): they keep step, and rank 0 alone writes.
import type { Group } from '../../distributed/group.ts';
import type { Engine, HostTensors, TensorSpecs } from '../../engine/engine.ts';
import { InterruptedError, StageError, UserError } from '../../errors.ts';
import type { LossFunction, TrainHyperparameters } from '../../optim/train-step.ts';
import type { ParamSpec } from '../../nn/params.ts';
import type { CurvePoint } from '../../results/manifest.ts';
import { newestCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { randomParams } from './random-params.ts';
import type { CommonContext } from '../stage.ts';
import { openSplitTraining, openTraining, type TrainingProgram } from './training-program.ts';

/** Training settings of the experiment's schema. */
export interface TrainingSettings extends TrainHyperparameters {
  /** Samples of a step, over all processes. */
  readonly batchSize: number;
  /** Samples that are computed at once, where a batch is too large; divides the batch's share of each process. */
  readonly microBatch?: number;
  readonly checkpointEvery: number;
  readonly logEvery: number;
  /** Present where processes share each batch. */
  readonly distributed?: 'mpi';
}

export interface TrainingTask {
  /** For messages: `teacher`, `student sd`. */
  readonly what: string;
  readonly specs: readonly ParamSpec[];
  /** Makes the weights that training starts from, by parameter name; the others are random. */
  readonly start?: () => Promise<HostTensors>;
  readonly settings: TrainingSettings;
  /** A mean over the samples of a batch. */
  readonly loss: LossFunction;
  /** Shapes of a batch of `samples`. */
  readonly inputs: (samples: number) => TensorSpecs;
  /** Frozen tensors that the loss reads. */
  readonly constants?: HostTensors;
  /** The samples at `slots` of the batch of step `step`, from 0; a function of step and slots alone. */
  readonly batch: (step: number, slots: readonly number[]) => Promise<HostTensors>;
}

export interface TrainingOutcome {
  readonly params: HostTensors;
  readonly ema: HostTensors;
  readonly curve: readonly CurvePoint[];
  readonly finalLoss: number;
  readonly seconds: number;
}

type Context = Pick<CommonContext, 'seed' | 'workDir' | 'emit' | 'signal' | 'group'> & {
  readonly engine: () => Promise<Engine>;
};

/** Where training stands between two steps. */
interface Position {
  readonly step: number;
  readonly curve: readonly CurvePoint[];
  readonly seconds: number;
  /** Sums of the losses since the last point of the curve. */
  readonly sums: Readonly<Record<string, number>>;
  /** Processes that took the last step. */
  readonly ranks?: number;
}

/**
 * Trains from the newest sound checkpoint in `workDir`, or from the start. Returns undefined on ranks other than 0, whose
 * result is rank 0's. Throws InterruptedError after saving when the signal aborts, and StageError when the loss is not
 * finite; in a group, both on all ranks after the same step.
 */
export async function runTraining(
  context: Context,
  task: TrainingTask,
): Promise<TrainingOutcome | undefined> {
  const { workDir, emit, signal } = context;
  const { settings, what } = task;
  const group = settings.distributed === undefined ? undefined : await joinGroup(context, what);
  const leads = group === undefined || group.rank === 0;
  const engine = await context.engine();
  const inParts = (settings.microBatch ?? settings.batchSize) < settings.batchSize;
  const program = await (group || inParts
    ? openSplitTraining(engine, task, group)
    : openTraining(engine, task));
  try {
    let position = leads ? await restore(program, context) : undefined;
    if (leads && position === undefined) {
      const start = await task.start?.();
      program.setState(program.initialState({ ...randomParams(task.specs, context.seed), ...start }));
      position = { step: 0, curve: [], seconds: 0, sums: {} };
    } else if (position !== undefined && position.step > 0) {
      emit({ type: 'info', message: `going on from step ${position.step}` });
      const [before, now] = [position.ranks ?? 1, group?.size ?? 1];
      if (before !== now)
        emit({
          type: 'warning',
          message: `${before} processes came this far and ${now} go on: the weights will be as of one run only up to rounding`,
        });
    }
    position = group ? await shareStart(group, program, position) : position!;

    let { step } = position;
    const curve = [...position.curve];
    const sums: Record<string, number> = { ...position.sums };
    const started = performance.now();
    const seconds = (): number => position.seconds + (performance.now() - started) / 1000;
    const save = async (): Promise<void> => {
      if (!leads) return;
      const position: Position = {
        ...{ step, curve, sums, seconds: seconds() },
        ...(group && { ranks: group.size }),
      };
      await writeCheckpoint(workDir, step, { state: await program.viewState(), position });
    };

    let next = step < settings.steps ? task.batch(step, program.slots) : undefined;
    // Alone, a signal counts at once; in a group, once all have heard of it.
    let stop = false;
    while (next !== undefined) {
      if (group ? stop : signal.aborted) {
        group?.release();
        await save();
        throw new InterruptedError();
      }
      const outcome = await program.step(step, await next, signal.aborted);
      stop = outcome.stop;
      step++;
      next = step < settings.steps ? task.batch(step, program.slots) : undefined;
      for (const [name, loss] of Object.entries(outcome.losses)) sums[name] = (sums[name] ?? 0) + loss;
      if (!Number.isFinite(sums['loss'])) {
        group?.release();
        throw diverged(what, step, curve);
      }
      if (step % settings.logEvery === 0 || step === settings.steps) {
        const since = step % settings.logEvery === 0 ? settings.logEvery : step % settings.logEvery;
        const point = { step, loss: NaN, ...mapNumbers(sums, (sum) => sum / since) };
        curve.push(point);
        for (const name of Object.keys(sums)) sums[name] = 0;
        const { step: at, ...values } = point;
        emit({ type: 'metric', step: at, values });
      }
      const latest = curve.at(-1)?.loss;
      emit({
        type: 'progress',
        done: step,
        total: settings.steps,
        unit: 'steps',
        ...(latest !== undefined && { note: `loss ${latest.toPrecision(3)}` }),
      });
      if (step % settings.checkpointEvery === 0 && step < settings.steps && !stop) await save();
    }
    group?.release();
    if (!leads) return undefined;
    const { params, ema } = program.weights(await program.viewState());
    return { params, ema, curve, finalLoss: curve.at(-1)?.loss ?? NaN, seconds: seconds() };
  } finally {
    await program.dispose();
  }
}

function joinGroup({ group }: Context, what: string): Promise<Group> {
  if (group !== undefined) return group();
  throw new UserError('usage', `${what} is to be trained over MPI, which this command does not do`, {
    hint: 'run the experiment with `sdx run`, or change it with distributed=none',
  });
}

/** Gives rank 0's position and state to all. */
async function shareStart(
  group: Group,
  program: TrainingProgram,
  position: Position | undefined,
): Promise<Position> {
  const text = new TextEncoder().encode(position === undefined ? '' : JSON.stringify(position));
  const length = Int32Array.of(text.length);
  group.broadcast(length);
  const shared = group.rank === 0 ? text : new Uint8Array(length[0]!);
  group.broadcast(shared);
  // Rank 0's state, and on the others one of the same shapes to write it over.
  const state = group.rank === 0 ? await program.getState() : program.emptyState();
  for (const name of Object.keys(state).sort()) group.broadcast(state[name]!.data);
  if (group.rank !== 0) program.setState(state);
  return JSON.parse(new TextDecoder().decode(shared)) as Position;
}

/** Loads the newest sound checkpoint into the program, if there is one. */
async function restore(
  program: TrainingProgram,
  { workDir, emit }: Pick<Context, 'workDir' | 'emit'>,
): Promise<Position | undefined> {
  const checkpoint = await newestCheckpoint(workDir, (message) => {
    emit({ type: 'warning', message });
  });
  if (checkpoint === undefined) return undefined;
  program.setState(checkpoint.state);
  return checkpoint.position as Position;
}

function diverged(what: string, step: number, curve: readonly CurvePoint[]): StageError {
  const last = curve.at(-1);
  const before = last === undefined ? '' : `; at step ${last.step} it was ${last.loss.toPrecision(3)}`;
  return new StageError(what, `the loss is not finite at step ${step}${before}`, {
    hint: 'lower learningRate, add warmupSteps, or set gradClip: 1',
  });
}

function mapNumbers(
  record: Readonly<Record<string, number>>,
  fn: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
