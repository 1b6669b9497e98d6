"""The peers' side of pytorch-fid.test.ts: what pytorch-fid and clean-fid themselves make of the same files.

python pytorch_fid_peer.py weights FOLDER   writes FOLDER/weights.pth, random, of pytorch-fid's network
python pytorch_fid_peer.py compare FOLDER   reads the images in a, b and c and our statistics; writes FOLDER/peer.json and resized.npy
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from cleanfid.resize import build_resizer
from PIL import Image
from pytorch_fid import fid_score, inception

folder = Path(sys.argv[2])
weights = folder / "weights.pth"


def random_state_dict():
    """Weights that keep the size of activations, by the names and shapes that pytorch-fid loads."""
    captured = {}
    inception.load_state_dict_from_url = lambda *_, **__: None
    load = torch.nn.Module.load_state_dict
    torch.nn.Module.load_state_dict = lambda module, *_: captured.update(module.state_dict())
    inception.fid_inception_v3()
    torch.nn.Module.load_state_dict = load
    generator = torch.Generator().manual_seed(1)
    random = lambda like, scale, mean=0: mean + scale * torch.randn(like.shape, generator=generator)
    for name, tensor in captured.items():
        if name.endswith(("conv.weight", "fc.weight")):
            captured[name] = random(tensor, (2 / tensor[0].numel()) ** 0.5)
        elif name.endswith("bn.weight"):
            captured[name] = random(tensor, 0.1, 1)
        elif name.endswith("running_var"):
            captured[name] = 1 + 0.2 * torch.rand(tensor.shape, generator=generator)
        elif name.endswith(("bias", "running_mean")):
            captured[name] = random(tensor, 0.05)
    return captured


def statistics(path):
    model = inception.InceptionV3([inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]])
    return fid_score.compute_statistics_of_path(str(path), model, 8, 2048, "cpu", 0)


def relative(actual, expected):
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))


def compare():
    inception.load_state_dict_from_url = lambda *_, **__: torch.load(weights)
    found = {name: statistics(folder / name) for name in "abc"}
    differences = {
        name: [relative(ours, theirs) for ours, theirs in zip(statistics(folder / f"{name}.npz"), found[name])]
        for name in "ac"
    }
    fid = fid_score.calculate_frechet_distance(*found["a"], *found["b"])
    (folder / "peer.json").write_text(json.dumps({"fid": float(fid), "differences": differences}))
    resize = build_resizer("clean")
    images = [np.asarray(Image.open(file).convert("RGB")) for file in sorted((folder / "c").glob("*.png"))]
    np.save(folder / "resized.npy", np.stack([resize(image) for image in images]).transpose(0, 3, 1, 2).copy())


if sys.argv[1] == "weights":
    torch.save(random_state_dict(), weights)
else:
    compare()
