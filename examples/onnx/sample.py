# python sample.py <folder> <image.ppm> [<noise.npy> [<class or tokens>...]]
# draws an image from what `sdx export --form onnx` wrote to a folder, with ONNX Runtime and NumPy alone.
import json, sys
import numpy as np
import onnxruntime as ort

folder, image, *rest = sys.argv[1:]
load = lambda name: ort.InferenceSession(f"{folder}/{name}.onnx")
step, decoder = load("step"), load("decoder")
told = lambda key: json.loads(step.get_modelmeta().custom_metadata_map[key])
x = np.float32(np.load(rest[0])) if rest else np.random.default_rng().standard_normal([1, *told("latent_shape")], np.float32)
each = lambda value: np.full(len(x), value, np.float32)
feeds = {"eta": each(0), "noise": np.zeros_like(x)}
if len(rest) > 1:  # a conditional model is told its condition, and what stands for none
    encoder = load("class_embedder" if told("conditions")["kind"] == "class" else "text_encoder")
    context = lambda ids: encoder.run(None, {"input_ids": np.tile(np.int32(ids), (len(x), 1))})[0]
    feeds["encoder_hidden_states"] = context([int(token) for token in rest[1:]])
    feeds["unconditional_hidden_states"] = context(told("conditions")["unconditional_ids"])
    feeds["guidance_scale"] = each(told("guidance_scale"))
alpha_bar = np.cumprod(1 - np.array(told("betas")))
times = np.arange(0, len(alpha_bar), len(alpha_bar) // told("steps")) + 1
last = 1 if told("set_alpha_to_one") else alpha_bar[0]
for now, then in reversed(list(zip(times, [last, *alpha_bar[times]]))):
    at = {"timestep": each(now), "alpha_bar": each(alpha_bar[now]), "alpha_bar_prev": each(then)}
    x = step.run(["prev_sample"], {**feeds, **at, "sample": x})[0]
pixels = decoder.run(None, {"latents": x})[0][0].transpose(1, 2, 0)
pixels = np.clip((pixels + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
open(image, "wb").write(b"P6 %d %d 255\n" % pixels.shape[1::-1] + pixels.tobytes())
