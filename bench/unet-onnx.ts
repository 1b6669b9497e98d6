// The UNet on the onnx engine, as the peer of unet-vs-pytorch.ts: started as unet_pytorch.py is, and answers alike.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import type { Program } from '../src/engine/engine.ts';
import { layerBehind } from '../src/engine/graph/int8-layers.ts';
import type { Int8Layers, LayerTreatment, QuantizedRange } from '../src/engine/layer-treatment.ts';
import type { UNetConfig } from '../src/models/unet/unet-config.ts';
import { unet } from '../src/models/unet/unet.ts';
import { RangeHistogram } from '../src/quantization/range-histogram.ts';
import { trainStep } from '../src/optim/train-step.ts';
import { readSafetensors } from '../src/weights/safetensors/safetensors.ts';
import { adamw, regression } from './training-case.ts';

const [folder, threads] = [process.argv[2]!, Number(process.argv[3])];
const { unet: config } = JSON.parse(await readFile(path.join(folder, 'config.json'), 'utf8')) as {
  unet: UNetConfig;
};
const { tensors: weights } = await readSafetensors(path.join(folder, 'weights.safetensors'));
const { x, t, target } = (await readSafetensors(path.join(folder, 'batch.safetensors'))).tensors;
const inputs = { x: x!, t: t! };
const data = { ...inputs, target: target! };
const engine = onnxEngine({ threads });

type Command =
  | { readonly do: 'output' | 'int8 output' }
  | { readonly do: 'forward' | 'int8' | 'train'; readonly reps: number };
type Forward = () => Promise<Float32Array>;
let [train, steps]: [(() => Promise<number>) | undefined, number] = [undefined, 0];

function compileNetwork(layers?: LayerTreatment): Promise<Program> {
  return engine.compile(
    (feeds) => ({
      outputs: { y: unet(feeds.constants, config, feeds.inputs['x']!, feeds.inputs['t']!).output },
    }),
    { constants: weights, inputs, ...(layers && { layers }) },
  );
}

/** Compiled when it is first asked for. */
function forwardWith(treatment: () => Promise<LayerTreatment | undefined>): Forward {
  let program: Promise<Program> | undefined;
  return async () => {
    program ??= treatment().then(compileNetwork);
    return (await (await program).run(inputs))['y']!.data as Float32Array;
  };
}

/** All convolutions of more than one tap on integers but the first and the last, in ranges of the batch itself. */
async function integers(): Promise<LayerTreatment> {
  const program = await compileNetwork({ kind: 'observed' });
  const ranges = new Map<string, Partial<Record<'input' | 'output', QuantizedRange>>>();
  for (const [name, { data: values }] of Object.entries(await program.run(inputs))) {
    const shown = layerBehind(name);
    if (shown === undefined) continue;
    const histogram = new RangeHistogram();
    histogram.add(values as Float32Array);
    ranges.set(shown.layer, { ...ranges.get(shown.layer), [shown.side]: histogram.best() });
  }
  await program.dispose();
  return { kind: 'int8', layers: Object.fromEntries([...ranges].slice(1, -1)) as Int8Layers };
}

const forward = forwardWith(() => Promise.resolve(undefined));
const int8 = forwardWith(integers);

async function compileTraining(): Promise<() => Promise<number>> {
  const step = trainStep(regression(config), adamw);
  const program = await engine.compile(step.fn, { state: step.state, inputs: { ...step.inputs, ...data } });
  program.setState(step.initialState(weights));
  return async () => (await program.run({ ...data, ...step.stepScalars(steps++) }))['loss']!.data[0]!;
}

async function answer(command: Command): Promise<object> {
  if (!('reps' in command)) return { output: [...(await (command.do === 'output' ? forward : int8)())] };
  if (command.do === 'train') train ??= await compileTraining();
  const [ms, cpu]: [number[], number[]] = [[], []];
  let loss: number | undefined;
  for (let rep = 0; rep < command.reps; rep++) {
    const [start, usage] = [performance.now(), process.cpuUsage()];
    if (command.do === 'train') loss = await train!();
    else await (command.do === 'int8' ? int8 : forward)();
    ms.push(performance.now() - start);
    const { user, system } = process.cpuUsage(usage);
    cpu.push((user + system) / 1000);
  }
  return { ms, cpu, ...(loss === undefined ? {} : { loss }) };
}

const version = engine.describe()['onnxruntime-node'];
process.stdout.write(`${JSON.stringify({ version: `onnxruntime-node ${version ?? ''}` })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const answered = await answer(JSON.parse(line) as Command);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ ...answered, peakMiB })}\n`);
}
