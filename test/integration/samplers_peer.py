"""The peers' side of samplers.test.ts: what diffusers' schedulers make of the same noise and the same noise predictions.

python samplers_peer.py FOLDER   reads FOLDER/asked.json and noise.safetensors; writes FOLDER/theirs.safetensors
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, HeunDiscreteScheduler, LCMScheduler,
)  # fmt: skip
from diffusers.schedulers import scheduling_ddpm, scheduling_lcm
from safetensors.torch import load_file, save_file

folder = Path(sys.argv[1])
asked = json.loads((folder / "asked.json").read_text())
noise = load_file(folder / "noise.safetensors")
x_t, noises = noise["xT"][None], noise["noises"][:, None]  # [1, length], [steps, 1, length]

schedule = asked["schedule"]
roots = np.linspace(schedule["linearStart"] ** 0.5, schedule["linearEnd"] ** 0.5, schedule["timesteps"])
betas = roots**2
alpha_bar = np.cumprod(1 - betas)
common = dict(num_train_timesteps=schedule["timesteps"], trained_betas=betas.tolist())
leading = dict(timestep_spacing="leading", steps_offset=1)


def predict(x, t):
    """The noise in x for two equal Gaussians around mean and -mean, in closed form."""
    mean, deviation = asked["data"]["mean"], asked["data"]["deviation"]
    a, x64 = alpha_bar[int(t)], x.double()
    signal, spread = a**0.5, a * deviation**2 + 1 - a
    centre = mean * torch.tanh(signal * mean * x64 / spread)
    x0 = centre + deviation**2 * signal * (x64 - signal * centre) / spread
    return ((x64 - signal * x0) / (1 - a) ** 0.5).to(x.dtype)


def ddim(steps, eta=0.0, to_x0=False):
    scheduler = DDIMScheduler(**common, **leading, set_alpha_to_one=to_x0, clip_sample=False)
    scheduler.set_timesteps(steps)
    x = x_t
    for i, t in enumerate(scheduler.timesteps):
        x = scheduler.step(predict(x, t), t, x, eta=eta, variance_noise=noises[i]).prev_sample
    return x


def dpm_solver(steps, to_x0=False):
    scheduler = DPMSolverMultistepScheduler(
        **common, algorithm_type="dpmsolver++", solver_order=2, solver_type="midpoint",
        euler_at_final=True, final_sigmas_type="zero" if to_x0 else "sigma_min",
    )  # fmt: skip
    # Its own "leading" leaves the noisiest step out; DDIM's timesteps are given instead.
    stride = schedule["timesteps"] // steps
    scheduler.set_timesteps(timesteps=[i * stride + 1 for i in range(steps)][::-1])
    x = x_t
    for t in scheduler.timesteps:
        x = scheduler.step(predict(x, t), t, x).prev_sample
    return x


def heun(steps, to_x0=False):
    scheduler = HeunDiscreteScheduler(**common, **leading)
    scheduler.set_timesteps(steps)
    end = 0.0 if to_x0 else ((1 - alpha_bar[0]) / alpha_bar[0]) ** 0.5
    scheduler.sigmas[-1] = end  # where DDIM ends, instead of 0
    x = x_t * (scheduler.sigmas[0] ** 2 + 1) ** 0.5
    for t in scheduler.timesteps:
        x = scheduler.step(predict(scheduler.scale_model_input(x, t), t), t, x).prev_sample
    return x / (end**2 + 1) ** 0.5


def ancestral(steps):
    scheduler = DDPMScheduler(**common, **leading, variance_type="fixed_small", clip_sample=False)
    scheduler.set_timesteps(steps)
    x = x_t
    for i, t in enumerate(scheduler.timesteps):
        scheduling_ddpm.randn_tensor = lambda *_, i=i, **__: noises[i]
        x = scheduler.step(predict(x, t), t, x).prev_sample
    return x


def lcm(steps):
    scheduler = LCMScheduler(**common)
    scheduler.set_timesteps(steps, original_inference_steps=50)
    x = x_t
    for i, t in enumerate(scheduler.timesteps):
        scheduling_lcm.randn_tensor = lambda *_, i=i, **__: noises[i]
        x = scheduler.step(predict(x, t), t, x).prev_sample
    return x


theirs = {}
for steps in asked["steps"]:
    theirs[f"ddim {steps}"] = ddim(steps)
    theirs[f"ddim {steps} eta"] = ddim(steps, asked["eta"])
    theirs[f"dpm-solver++ {steps}"] = dpm_solver(steps)
    theirs[f"heun {steps}"] = heun(steps)
    theirs[f"ancestral {steps}"] = ancestral(steps)
    theirs[f"lcm {steps}"] = lcm(steps)
    for name, peer in {"ddim": ddim, "dpm-solver++": dpm_solver, "heun": heun}.items():
        theirs[f"{name} {steps} to x0"] = peer(steps, to_x0=True)
save_file({name: x[0].float().contiguous() for name, x in theirs.items()}, folder / "theirs.safetensors")
