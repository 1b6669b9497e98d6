// Trains a small UNet on WebGPU for STEPS steps, the argument, and prints as JSON what crosses the bus in each: the bytes
// of tensors in host memory that go in and come out.
import { Session, type BoundTensor } from '../../../src/engine/onnx/session.ts';
import { checkDevice } from '../../../src/engine/onnx/check-device.ts';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import { trainStep } from '../../../src/optim/train-step.ts';
import { adamw, drawBatch, emojiUnet, regression, startingWeights } from '../../../bench/training-case.ts';

const steps = Number(process.argv[2]);
await checkDevice('webgpu');

const config = {
  ...emojiUnet,
  imageSize: 4,
  modelChannels: 32,
  channelMult: [1],
  numResBlocks: 1,
  attentionResolutions: [],
};
const batch = drawBatch(config, 2);
const step = trainStep(regression(config), adamw);
const traffic: { in: number; out: number }[] = [];
const create = Session.create.bind(Session);
Session.create = async (model, options) => {
  const session = await create(model, options);
  const run = session.run.bind(session);
  session.run = async (feeds, fetches) => {
    const results = await run(feeds, fetches);
    traffic.push({ in: hostBytes(feeds), out: hostBytes(results) });
    return results;
  };
  return session;
};

const program = await onnxEngine({ device: 'webgpu' }).compile(step.fn, {
  state: step.state,
  inputs: { ...step.inputs, ...batch },
});
program.setState(step.initialState(startingWeights(config)));
const losses: number[] = [];
for (let n = 0; n < steps; n++)
  losses.push((await program.run({ ...batch, ...step.stepScalars(n) }))['loss']!.data[0]!);
const taught = traffic.splice(0);
const state = await program.getState();
await program.dispose();
const stateBytes = Object.values(state).reduce((sum, { data }) => sum + data.byteLength, 0);
process.stdout.write(JSON.stringify({ losses, traffic: taught, stateBytes }));

function hostBytes(tensors: Readonly<Record<string, BoundTensor>>): number {
  return Object.values(tensors).reduce(
    (sum, tensor) => sum + (tensor.location === 'cpu' ? (tensor.data as Float32Array).byteLength : 0),
    0,
  );
}
