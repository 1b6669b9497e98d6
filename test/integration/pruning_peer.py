"""Which parameters of a UNet2DModel torch-pruning takes out together, for pruning.test.ts.

    pruning_peer.py SETTINGS    SETTINGS is the JSON of the model's arguments; writes one line of JSON a channel: the place it
                                is asked for, and all places that go with it, as [parameter, axis, index]
"""

import json
import sys

import torch
import torch_pruning as tp
from diffusers import UNet2DModel
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)
model = UNet2DModel(**json.loads(sys.argv[1])).eval()
size = model.config.sample_size
graph = tp.DependencyGraph().build_dependency(
    model, {"sample": torch.randn(1, model.config.in_channels, size, size), "timestep": torch.ones(1).long()}
)
names = {module: name for name, module in model.named_modules()}


def places(dep, indices):
    module, name = dep.target.module, names[dep.target.module]
    outs = graph.is_out_channel_pruning_fn(dep.handler)
    if outs:
        yield from ([f"{name}.{part}", 0, i] for part in ("weight", "bias") for i in indices if getattr(module, part) is not None)
    elif not isinstance(module, nn.GroupNorm):
        yield from ([f"{name}.weight", 1, i] for i in indices)


for module, name in names.items():
    if not isinstance(module, (nn.Conv2d, nn.Linear)):
        continue
    prune = tp.prune_conv_out_channels if isinstance(module, nn.Conv2d) else tp.prune_linear_out_channels
    for index in {0, module.weight.shape[0] // 2 + 1, module.weight.shape[0] - 1}:
        group = graph.get_pruning_group(module, prune, idxs=[index])
        members = {tuple(place) for dep, indices in group if dep.target.module in names for place in places(dep, indices)}
        print(json.dumps({"asked": [f"{name}.weight", 0, index], "members": sorted(members)}))
