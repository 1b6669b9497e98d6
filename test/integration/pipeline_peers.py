"""Exports of `sdx export --form pipeline` in diffusers, for pipeline.test.ts.

    sample JOBS   JOBS is a JSON file with a list of {folder, noise, out, call, className}: loads each folder with
                  DiffusionPipeline.from_pretrained, checks what it is, samples from the noise, and writes `images`
                  [n, size, size, 3] in [0, 1] to `out`; loads the card of each folder, and runs the Python in it
    unets JOBS    JOBS is a list of {folder, out}: loads the UNet of each folder by its own class, runs it on the inputs
                  in FOLDER/inputs.safetensors, and writes its output to `out`
    words         prints the ids of the captions on standard input, a JSON list of {caption, length, vocabulary, folder}
"""

import importlib.util
import inspect
import json
import os
import re
import sys
from pathlib import Path
from unittest import mock

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file


def load_module(file):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sample(job):
    folder = Path(job["folder"])
    own_code = any(folder.rglob("*.py"))
    pipe = DiffusionPipeline.from_pretrained(folder, trust_remote_code=own_code, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    assert type(pipe).__name__ == job["className"], type(pipe)
    assert isinstance(pipe.scheduler, DDIMScheduler)
    noise = load_file(job["noise"])["noise"]
    call = dict(job["call"], output_type="np")
    if "latents" in inspect.signature(pipe.__call__).parameters:
        images = pipe(**call, latents=noise).images
    else:  # it draws its noise itself

        def drawn(shape, **_):
            assert tuple(shape) == tuple(noise.shape), shape
            return noise

        with mock.patch.object(sys.modules[type(pipe).__module__], "randn_tensor", drawn):
            images = pipe(**call, batch_size=len(noise)).images
    save_file({"images": torch.from_numpy(np.ascontiguousarray(images))}, job["out"])
    card = ModelCard.load(folder / "README.md")
    assert card.data.library_name == "diffusers", card.data
    os.chdir(folder)
    exec(re.search(r"```python\n(.*?)```", card.text, re.DOTALL)[1], {})


@torch.no_grad()
def run_unet(job):
    folder = Path(job["folder"])
    unet = load_module(folder / "spectral_unet.py").SpectralUNet.from_pretrained(folder).eval()
    inputs = load_file(folder / "inputs.safetensors")
    save_file({"out": unet(inputs["x"], inputs["t"], inputs.get("context")).sample.contiguous()}, job["out"])


def main(mode, *args):
    torch.set_num_threads(1)
    if mode == "words":
        for job in json.load(sys.stdin):
            word_ids = load_module(Path(job["folder"]) / "pipeline.py").word_ids
            print(json.dumps(word_ids(job["caption"], job["length"], job["vocabulary"])))
        return
    for job in json.loads(Path(args[0]).read_text()):
        {"sample": sample, "unets": run_unet}[mode](job)


main(*sys.argv[1:])
