// Claim: the optimizer as one loop per parameter beside the graph is several times faster than as operators within it.
// Usage: tsx bench/state-updates.ts [--rounds 15] [--threads 2]
// The update half of the emoji teacher's training step (AdamW and moving average; the gradient is given), in turn as one
// graph of ONNX Runtime and as the engine runs it.
import { parseArgs } from 'node:util';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { encodeModel } from '../src/engine/onnx/encode.ts';
import { allocate, Session, type BoundTensor } from '../src/engine/onnx/session.ts';
import { trace } from '../src/engine/trace/trace.ts';
import { flatGradient, splitStep } from '../src/optim/split-step.ts';
import { median, withSpread } from './statistics.ts';
import { adamw, emojiUnet, regression, startingWeights } from './training-case.ts';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, threads: { type: 'string', default: '2' } },
});
const [rounds, threads] = [Number(flags.rounds), Number(flags.threads)];

const { update, ...step } = splitStep(regression(emojiUnet), adamw, 1);
const signature = { state: step.state, inputs: update.inputs };
const gradient = {
  ...update.inputs[flatGradient]!,
  data: new Float32Array(update.inputs[flatGradient]!.shape[0]!),
};
gradient.data.forEach((_, i) => {
  gradient.data[i] = Math.sin(i);
});

const program = await onnxEngine({ threads }).compile(update.fn, signature);
program.setState(step.initialState(startingWeights(emojiUnet)));

const graph = trace(update.fn, signature, { blockedChannels: 0, fixedBatch: true });
const session = await Session.create(encodeModel(graph), {
  threads,
  device: 'cpu',
  optimization: 'all',
});
const tensors = (values: typeof graph.inputs): Record<string, BoundTensor> =>
  Object.fromEntries(values.map((value) => [value.name, allocate(value)]));
const [feeds, fetches] = [tensors(graph.inputs), tensors(graph.outputs)];
(feeds[`in/${flatGradient}`]!.data as Float32Array).set(gradient.data);

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};
const [graphMs, loopMs]: [number[], number[]] = [[], []];
for (let round = -2; round < rounds; round++) {
  const inGraph = await timed(() => session.run(feeds, fetches));
  const inLoops = await timed(() =>
    program.run({ [flatGradient]: gradient, ...step.stepScalars(round + 2) }),
  );
  if (round < 0) continue;
  graphMs.push(inGraph);
  loopMs.push(inLoops);
}
const ratios = graphMs.map((ms, i) => ms / loopMs[i]!);
console.log(
  `${gradient.data.length} parameters, ${threads} threads, ${rounds} rounds: in the graph ${median(graphMs).toFixed(1)} ms, ` +
    `as loops ${median(loopMs).toFixed(1)} ms, ratio ${withSpread(ratios)}`,
);
