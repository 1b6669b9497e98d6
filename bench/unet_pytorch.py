"""The UNet of latent-diffusion (and its wavelet-gated form) in PyTorch, as the peer of unet-vs-pytorch.ts.

Started with a folder that holds config.json, weights.safetensors and batch.safetensors, a number of threads and a way to
run: eager, channels-last or compile (torch.compile, which needs a C++ compiler). Reads one JSON command a line from stdin
({"do": "forward" | "train", "reps": n} or {"do": "output"}) and answers with one JSON line. Only torch is needed.
"""

import inspect
import json
import math
import resource
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(data, dtype=torch.float32, offset=8 + length + t["data_offsets"][0], count=math.prod(t["shape"]))
        .reshape(t["shape"])
        .clone()
        for name, t in header.items()
    }


def norm(channels):
    return nn.GroupNorm(32, channels)


class Gate(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, 4, bias=False), nn.SiLU(), nn.Linear(4, out, bias=False), nn.Sigmoid())

    def forward(self, x):
        return self.fc(x.mean((2, 3)))[:, :, None, None]


class WaveletDown(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(4 * channels, channels, 1)
        self.fre_att = Gate(channels, 4 * channels)

    def forward(self, x):
        a, b = x[:, :, ::2, ::2], x[:, :, ::2, 1::2]
        c, d = x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2]
        bands = torch.cat([a + b + c + d, a + b - c - d, a - b + c - d, a - b - c + d], 1) * 0.5
        return F.silu(self.conv(self.fre_att(x) * bands))


class WaveletUp(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels // 4, channels, 1)
        self.fre_att = Gate(channels, channels)

    def forward(self, x):
        ll, lh, hl, hh = (self.fre_att(x) * x * 0.5).chunk(4, 1)
        top = torch.stack([ll + lh + hl + hh, ll + lh - hl - hh], -1).flatten(3)
        bottom = torch.stack([ll - lh + hl - hh, ll - lh - hl + hh], -1).flatten(3)
        return F.silu(self.conv(torch.stack([top, bottom], 3).flatten(2, 3)))


class Down(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x):
        return self.op(x)


class Up(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class ResBlock(nn.Module):
    def __init__(self, channels, emb, out):
        super().__init__()
        self.in_layers = nn.Sequential(norm(channels), nn.SiLU(), nn.Conv2d(channels, out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb, out))
        self.out_layers = nn.Sequential(norm(out), nn.SiLU(), nn.Dropout(0), nn.Conv2d(out, out, 3, padding=1))
        self.skip_connection = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)

    def forward(self, x, emb):
        h = self.in_layers(x) + self.emb_layers(emb)[:, :, None, None]
        return self.skip_connection(x) + self.out_layers(h)


class Attention(nn.Module):
    def __init__(self, channels, head_channels):
        super().__init__()
        self.heads = channels // head_channels
        self.norm = norm(channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x.reshape(b, c, h * w)))
        width = c // self.heads
        q, k, v = qkv.reshape(b * self.heads, 3 * width, h * w).split(width, 1)
        scale = width**-0.25
        weight = torch.einsum("bct,bcs->bts", q * scale, k * scale).softmax(-1)
        mixed = torch.einsum("bts,bcs->bct", weight, v).reshape(b, c, h * w)
        return (x.reshape(b, c, h * w) + self.proj_out(mixed)).reshape(x.shape)


class UNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, levels = config["modelChannels"], config["channelMult"]
        attended, per_head = config["attentionResolutions"], config["numHeadChannels"]
        down, up = (WaveletDown, WaveletUp) if config["waveletGating"] else (Down, Up)
        emb = 4 * width
        self.width = width
        self.time_embed = nn.Sequential(nn.Linear(width, emb), nn.SiLU(), nn.Linear(emb, emb))

        def block(inputs, outputs, scale):
            layers = [ResBlock(inputs, emb, outputs)]
            return layers + [Attention(outputs, per_head)] if scale in attended else layers

        self.input_blocks = nn.ModuleList([nn.ModuleList([nn.Conv2d(config["inChannels"], width, 3, padding=1)])])
        kept, channels, scale = [width], width, 1
        for level, mult in enumerate(levels):
            for _ in range(config["numResBlocks"]):
                self.input_blocks.append(nn.ModuleList(block(channels, mult * width, scale)))
                channels = mult * width
                kept.append(channels)
            if level < len(levels) - 1:
                self.input_blocks.append(nn.ModuleList([down(channels)]))
                kept.append(channels)
                scale *= 2
        self.middle_block = nn.ModuleList(
            [ResBlock(channels, emb, channels), Attention(channels, per_head), ResBlock(channels, emb, channels)]
        )
        self.output_blocks = nn.ModuleList()
        for level, mult in reversed(list(enumerate(levels))):
            for i in range(config["numResBlocks"] + 1):
                layers = block(channels + kept.pop(), mult * width, scale)
                channels = mult * width
                if level > 0 and i == config["numResBlocks"]:
                    layers.append(up(channels))
                    scale //= 2
                self.output_blocks.append(nn.ModuleList(layers))
        self.out = nn.Sequential(norm(channels), nn.SiLU(), nn.Conv2d(channels, config["outChannels"], 3, padding=1))

    def forward(self, x, timesteps):
        half = self.width // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half) / half)
        angles = timesteps[:, None] * frequencies[None]
        emb = self.time_embed(torch.cat([angles.cos(), angles.sin()], 1))
        kept = []
        for layers in self.input_blocks:
            x = run(layers, x, emb)
            kept.append(x)
        x = run(self.middle_block, x, emb)
        for layers in self.output_blocks:
            x = run(layers, torch.cat([x, kept.pop()], 1), emb)
        return self.out(x)


def run(layers, x, emb):
    for layer in layers:
        x = layer(x, emb) if isinstance(layer, ResBlock) else layer(x)
    return x


def main(folder, threads, way):
    torch.set_num_threads(threads)
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    model = UNet(config["unet"])
    model.load_state_dict(read_safetensors(f"{folder}/weights.safetensors"))  # strict: same names, same shapes
    batch = read_safetensors(f"{folder}/batch.safetensors")
    if way == "channels-last":
        model = model.to(memory_format=torch.channels_last)
        batch = {name: t.to(memory_format=torch.channels_last) if t.dim() == 4 else t for name, t in batch.items()}
    run_model = torch.compile(model) if way == "compile" else model
    # fused: the fastest AdamW that eager PyTorch offers on a CPU.
    fastest = "fused" if "fused" in inspect.signature(torch.optim.AdamW).parameters else "foreach"  # torch 1 lacks the former
    settings = {"lr": 1e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01, fastest: True}
    optimizer = torch.optim.AdamW(model.parameters(), **settings)
    params = [p for p in model.parameters()]
    average = [p.detach().clone() for p in params]

    def forward():
        with torch.inference_mode():
            return run_model(batch["x"], batch["t"])

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = F.mse_loss(run_model(batch["x"], batch["t"]), batch["target"])
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            if hasattr(torch, "_foreach_lerp_"):
                torch._foreach_lerp_(average, params, 0.1)
            else:
                torch._foreach_mul_(average, 0.9)
                torch._foreach_add_(average, params, alpha=0.1)
        return loss.item()

    def timed(function, reps):
        times, cpu = [], []
        for _ in range(reps):
            start, started = time.perf_counter(), time.process_time()
            result = function()
            times.append(1000 * (time.perf_counter() - start))
            cpu.append(1000 * (time.process_time() - started))
        return {"ms": times, "cpu": cpu, **({"loss": result} if isinstance(result, float) else {})}

    print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "output":
            answer = {"output": forward().flatten().tolist()}
        else:
            answer = timed(train if command["do"] == "train" else forward, command["reps"])
        answer["peakMiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
