// Samples models as `sdx sample` does: its noise, its schedule and its rounding are its own modules, in lib/.
import * as ort from './ort/ort.webgpu.min.mjs';
import { stepsDown } from './lib/diffusion/schedule.js';
import { wordTokens } from './lib/models/conditioner/word-tokens.js';
import { batchNormal } from './lib/rng/noise.js';
import { toPixels } from './lib/stages/rows/pixels.js';

ort.env.wasm.wasmPaths = new URL('ort/', import.meta.url).href;
// Threads share memory, which browsers give to isolated pages alone.
ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(8, navigator.hardwareConcurrency) : 1;
ort.env.logLevel = 'error';

/** Milliseconds between two looks at the denoising: each takes a decoder's time. */
const lookEvery = 150;

const opened = new Map();
let stopped = false;
let drawing = false;

self.addEventListener('message', ({ data }) => {
  if (data.type === 'stop') stopped = true;
  else if (!drawing) void drawAll(data);
});

async function drawAll({ folders, settings }) {
  [stopped, drawing] = [false, true];
  try {
    const device = await chosenDevice(settings.device);
    for (const [model, folder] of folders.entries()) {
      self.postMessage({ type: 'loading', model, device: deviceName(device) });
      const sampler = await openModel(folder, device);
      if (!stopped) await draw(sampler, settings, model);
    }
    self.postMessage({ type: 'finished', device: deviceName(device), stopped });
  } catch (error) {
    self.postMessage({
      type: 'failed',
      message: error.hint ? `${error.message}: ${error.hint}` : error.message,
    });
  }
  drawing = false;
}

async function chosenDevice(asked) {
  if (asked === 'wasm') return asked;
  const adapter = await navigator.gpu?.requestAdapter();
  if (adapter) return 'webgpu';
  if (asked === 'webgpu') throw new Error('This browser has no WebGPU here');
  return 'wasm';
}

function deviceName(device) {
  if (device === 'webgpu') return 'WebGPU';
  const threads = ort.env.wasm.numThreads;
  return `WebAssembly, ${threads} thread${threads === 1 ? '' : 's'}`;
}

async function openModel(folder, device) {
  const key = `${device}/${folder}`;
  if (!opened.has(key)) opened.set(key, await load(folder, device));
  return opened.get(key);
}

async function load(folder, device) {
  const at = (file) => new URL(`${folder}/${file}`, import.meta.url).href;
  const open = (file, data) =>
    ort.InferenceSession.create(at(file), {
      executionProviders: [device],
      ...(data && { externalData: [{ path: data, data: at(data) }] }),
    });
  const model = await (await fetch(at('model.json'))).json();
  const { conditions } = model;
  return {
    model,
    step: await open('step.onnx', 'unet.data'),
    decoder: await open('decoder.onnx'),
    encoder:
      conditions && (await open(conditions.kind === 'class' ? 'class_embedder.onnx' : 'text_encoder.onnx')),
  };
}

async function draw(sampler, settings, number) {
  const { model, step } = sampler;
  const { seed, steps, count } = settings;
  const { betas, eta, set_alpha_to_one: toOne, latent_shape: shape, image_size: size } = model;
  let product = 1;
  const schedule = stepsDown({ betas, alphaBar: betas.map((beta) => (product *= 1 - beta)) }, steps, toOne);
  const length = shape.reduce((all, extent) => all * extent, 1);
  const indices = Array.from({ length: count }, (_, i) => i);
  const latents = (data) => new ort.Tensor('float32', data, [count, ...shape]);
  const each = (value) => new ort.Tensor('float32', new Float32Array(count).fill(value), [count]);
  const noise = (at) => latents(batchNormal(seed, 'sample', at, indices, length));
  const still = latents(new Float32Array(count * length));
  const told = await conditionFeeds(sampler, settings, each);
  const started = performance.now();
  let [sample, looked, looking] = [noise(0), started, 0];
  const seconds = () => (performance.now() - started - looking) / 1000;
  for (const [index, at] of schedule.entries()) {
    if (stopped) return;
    const { prev_sample: next, pred_original_sample: x0 } = await step.run({
      ...told,
      sample,
      timestep: each(at.timestep),
      alpha_bar: each(at.alphaBar),
      alpha_bar_prev: each(at.alphaBarPrev),
      eta: each(eta),
      noise: eta === 0 ? still : noise(index + 1),
    });
    sample = next;
    const progress = { type: 'step', model: number, index, count: schedule.length, size, seconds: seconds() };
    const now = performance.now();
    if (now - looked > lookEvery) {
      progress.pixels = await decoded(sampler, x0);
      looked = performance.now();
      looking += looked - now;
    }
    self.postMessage(progress);
    // Lets a message to stop be heard.
    await new Promise((resolve) => setTimeout(resolve));
  }
  const pixels = await decoded(sampler, sample);
  self.postMessage({
    ...{ type: 'drawn', model: number, pixels, size },
    ...{ seconds: seconds(), count: schedule.length },
  });
}

async function decoded({ model, decoder }, latents) {
  const { images } = await decoder.run({ latents });
  return toPixels(images.data, model.image_size);
}

/** What a conditional model is told, and the same for no condition. */
async function conditionFeeds({ model: { conditions }, encoder }, settings, each) {
  if (conditions === undefined) return {};
  const { count } = settings;
  const context = async (ids) => {
    const all = Int32Array.from({ length: count * ids.length }, (_, i) => ids[i % ids.length]);
    const outputs = await encoder.run({ input_ids: new ort.Tensor('int32', all, [count, ids.length]) });
    return outputs.encoder_hidden_states;
  };
  const nothing = conditions.unconditional_ids;
  const ids =
    conditions.kind === 'class'
      ? [settings.class]
      : wordTokens(settings.prompt, nothing.length, conditions.vocabulary_size);
  return {
    encoder_hidden_states: await context(ids),
    unconditional_hidden_states: await context(nothing),
    guidance_scale: each(settings.guidance),
  };
}
