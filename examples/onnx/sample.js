// node sample.js <folder> <image.ppm> [<noise.f32> [<class or tokens>...]]
// draws an image from what `sdx export --form onnx` wrote to a folder, with onnxruntime-node alone.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [folder, image, noise, ...ids] = process.argv.slice(2);
const load = (name) => InferenceSession.create(`${folder}/${name}.onnx`);
const { betas, steps, set_alpha_to_one, latent_shape, image_size, conditions, guidance_scale } = JSON.parse(
  readFileSync(`${folder}/model.json`, 'utf8'),
);
const latents = (data) => new Tensor('float32', data, [1, ...latent_shape]);
const one = (value) => new Tensor('float32', [value], [1]);
const zeros = new Float32Array(latent_shape.reduce((product, extent) => product * extent));
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
let sample = latents(
  noise ? new Float32Array(Uint8Array.from(readFileSync(noise)).buffer) : zeros.map(normal),
);
const feeds = { eta: one(0), noise: latents(zeros) };
// A conditional model is told its condition, and what stands for none.
if (ids.length > 0) {
  const encoder = await load(conditions.kind === 'class' ? 'class_embedder' : 'text_encoder');
  const told = (tokens) => encoder.run({ input_ids: new Tensor('int32', tokens, [1, tokens.length]) });
  feeds.encoder_hidden_states = (await told(ids)).encoder_hidden_states;
  feeds.unconditional_hidden_states = (await told(conditions.unconditional_ids)).encoder_hidden_states;
  feeds.guidance_scale = one(guidance_scale);
}
let product = 1;
const alphaBar = betas.map((beta) => (product *= 1 - beta));
const stride = Math.floor(betas.length / steps);
const step = await load('step');
for (let now = betas.length - 1 - ((betas.length - 2) % stride); now > 0; now -= stride) {
  const at = { timestep: one(now), alpha_bar: one(alphaBar[now]) };
  const then = one(now > stride ? alphaBar[now - stride] : set_alpha_to_one ? 1 : alphaBar[0]);
  ({ prev_sample: sample } = await step.run({ ...feeds, ...at, alpha_bar_prev: then, sample }));
}
const { images } = await (await load('decoder')).run({ latents: sample });
const area = image_size ** 2;
const value = (_, i) => (images.data[(i % 3) * area + Math.floor(i / 3)] + 1) * 127.5;
writeFileSync(image, `P6 ${image_size} ${image_size} 255\n`);
appendFileSync(image, Uint8ClampedArray.from({ length: 3 * area }, value));
