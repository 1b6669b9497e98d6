// The loop around a compiled training step: checkpoints that survive any interruption, the loss curve, progress and
// the stop at a signal. What is trained is the caller's: a spec, a loss and a source of batches.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../artifacts/safetensors.ts';
import type { Engine, HostTensors, Program, TensorSpecs } from '../engine/engine.ts';
import { InterruptedError, StageError } from '../errors.ts';
import { initParams } from '../models/init-params.ts';
import { normal, uniform } from '../rng/noise.ts';
import { trainStep, type LossFunction, type TrainHyperparameters } from '../optim/train-step.ts';
import type { ParamSpec } from '../nn/params.ts';
import type { CurvePoint } from '../report/manifest.ts';
import type { StageContext } from './stage.ts';

/** Training settings of the experiment's schema. */
export interface TrainingSettings extends TrainHyperparameters {
  readonly batchSize: number;
  readonly checkpointEvery: number;
  readonly logEvery: number;
}

export interface TrainingTask {
  /** For messages: `teacher`, `student sd`. */
  readonly what: string;
  readonly specs: readonly ParamSpec[];
  readonly settings: TrainingSettings;
  readonly loss: LossFunction;
  /** Shapes of a batch. */
  readonly inputs: TensorSpecs;
  /** Frozen tensors that the loss reads. */
  readonly constants?: HostTensors;
  /** The batch of step `step`, from 0; a function of the step alone. */
  readonly batch: (step: number) => Promise<HostTensors>;
}

export interface TrainingOutcome {
  readonly params: HostTensors;
  readonly ema: HostTensors;
  readonly curve: readonly CurvePoint[];
  readonly finalLoss: number;
  readonly seconds: number;
}

type Context = Pick<StageContext<unknown>, 'seed' | 'workDir' | 'emit' | 'signal'> & {
  readonly engine: () => Promise<Engine>;
};

/** Where training stands between two steps. */
interface Position {
  readonly step: number;
  readonly curve: readonly CurvePoint[];
  readonly seconds: number;
  /** Sums of the losses since the last point of the curve. */
  readonly sums: Readonly<Record<string, number>>;
}

const checkpointName = /^step-(\d+)\.safetensors$/;

/**
 * Trains from the newest checkpoint in `workDir`, or from the start. Throws InterruptedError after saving when the
 * signal aborts, and StageError when the loss is not finite.
 */
export async function runTraining(context: Context, task: TrainingTask): Promise<TrainingOutcome> {
  const { workDir, emit, signal } = context;
  const { settings, what } = task;
  const engine = await context.engine();
  const { fn, state: stateSpecs, schedule, inputs, initialState, weights } = trainStep(task, settings);
  const program = await engine.compile(fn, {
    state: stateSpecs,
    inputs: { ...inputs, ...task.inputs },
    ...(task.constants && { constants: task.constants }),
  });
  try {
    let position = await restore(program, workDir);
    if (position === undefined) {
      program.setState(initialState(initialParams(task.specs, context.seed)));
      position = { step: 0, curve: [], seconds: 0, sums: {} };
    } else if (position.step > 0) {
      emit({ type: 'info', message: `going on from step ${position.step}` });
    }

    let { step } = position;
    const curve = [...position.curve];
    const sums: Record<string, number> = { ...position.sums };
    const started = performance.now();
    const seconds = (): number => position.seconds + (performance.now() - started) / 1000;
    const save = (): Promise<void> =>
      writeCheckpoint(program, workDir, { step, curve, sums, seconds: seconds() });

    let next = step < settings.steps ? task.batch(step) : undefined;
    while (next !== undefined) {
      if (signal.aborted) {
        await save();
        throw new InterruptedError();
      }
      const batch = await next;
      const losses = await program.run({ ...batch, ...schedule(step) });
      step++;
      next = step < settings.steps ? task.batch(step) : undefined;
      for (const [name, { data }] of Object.entries(losses)) sums[name] = (sums[name] ?? 0) + data[0]!;
      if (!Number.isFinite(sums['loss'])) throw diverged(what, step, curve);
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
      if (step % settings.checkpointEvery === 0 && step < settings.steps) await save();
    }
    const { params, ema } = weights(program.getState());
    return { params, ema, curve, finalLoss: curve.at(-1)?.loss ?? NaN, seconds: seconds() };
  } finally {
    await program.dispose();
  }
}

/** Starting weights: a function of the seed and each parameter's name. */
function initialParams(specs: readonly ParamSpec[], seed: number): HostTensors {
  return initParams(specs, {
    uniform: (name, n) => uniform(seed, `init/${name}`, 0, 0, n),
    normal: (name, n) => normal(seed, `init/${name}`, 0, 0, n),
  });
}

async function writeCheckpoint(program: Program, folder: string, position: Position): Promise<void> {
  const file = `step-${position.step}.safetensors`;
  await writeSafetensors(path.join(folder, file), program.getState(), { position: JSON.stringify(position) });
  for (const name of await readdir(folder))
    if (checkpointName.test(name) && name !== file) await rm(path.join(folder, name));
}

/** Loads the newest checkpoint into the program, if there is one. */
async function restore(program: Program, folder: string): Promise<Position | undefined> {
  const steps = (await readdir(folder)).flatMap((name) => checkpointName.exec(name)?.[1] ?? []).map(Number);
  if (steps.length === 0) return undefined;
  const file = path.join(folder, `step-${Math.max(...steps)}.safetensors`);
  const { tensors, metadata } = await readSafetensors(file);
  program.setState(tensors);
  return JSON.parse(metadata['position'] ?? '') as Position;
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
