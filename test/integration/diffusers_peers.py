"""Small random networks of diffusers and transformers, for diffusers.test.ts.

    make FOLDER    saves every network to FOLDER/<case>/ and its inputs and outputs to FOLDER/<case>.safetensors
    run FOLDER     loads FOLDER/<case>/ with from_pretrained, runs it on the inputs of `make`, and writes
                   FOLDER/<case>.back.safetensors
    names FOLDER   writes names and shapes to FOLDER/<case>.txt; so were test/fixtures/diffusers/*.txt made
"""

import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, UNet2DModel, VQModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

UNET = dict(in_channels=3, out_channels=3, sample_size=16)
FIRST_STAGE = dict(in_channels=3, out_channels=3, block_out_channels=(32, 64, 64), layers_per_block=2)

CASES = {
    "unet": lambda: UNet2DModel(
        **UNET,
        block_out_channels=(32, 64, 96),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=16,
    ),
    "unet-one-level": lambda: UNet2DModel(
        **UNET,
        block_out_channels=(64,),
        layers_per_block=1,
        down_block_types=("DownBlock2D",),
        up_block_types=("UpBlock2D",),
        attention_head_dim=None,
        norm_num_groups=16,
    ),
    "unet-resampling-blocks": lambda: UNet2DModel(
        **UNET,
        block_out_channels=(32, 64, 64),
        layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("ResnetUpsampleBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        downsample_type="resnet",
        upsample_type="resnet",
        resnet_time_scale_shift="scale_shift",
        attn_norm_num_groups=32,
        attention_head_dim=32,
    ),
    "unet-context": lambda: UNet2DConditionModel(
        **UNET,
        block_out_channels=(32, 64, 64),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=24,
        norm_num_groups=8,
        attention_head_dim=4,
        transformer_layers_per_block=2,
    ),
    "kl": lambda: AutoencoderKL(
        **FIRST_STAGE,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
    ),
    "vq": lambda: VQModel(
        **FIRST_STAGE,
        latent_channels=3,
        num_vq_embeddings=32,
        down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "AttnUpDecoderBlock2D", "UpDecoderBlock2D"),
    ),
    "text": lambda: CLIPTextModel(
        CLIPTextConfig(
            vocab_size=99,
            max_position_embeddings=12,
            hidden_size=48,
            intermediate_size=192,
            num_hidden_layers=3,
            num_attention_heads=4,
            projection_dim=48,
            bos_token_id=97,
            eos_token_id=98,
        )
    ),
}


def randomise(model):
    """Biases and norms start at 0 and 1, which would hide a parameter that is not used."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            parameter.data = 0.1 * torch.randn_like(parameter) + ("norm" in name and name.endswith("weight"))
        if name.startswith("quantize"):
            parameter.data = torch.randn_like(parameter)


def inputs_of(case):
    if case == "text":
        return {"ids": torch.randint(0, 97, (2, 12), dtype=torch.int32)}
    images = {"x": torch.randn(2, 3, 16, 16)}
    if case.startswith("unet"):
        images["t"] = torch.tensor([3.0, 801.0])
    if case == "unet-context":
        images["context"] = torch.randn(2, 5, 24)
    return images


@torch.no_grad()
def outputs_of(case, model, inputs):
    if case == "text":
        return {"out": model(inputs["ids"].long()).last_hidden_state}
    x = inputs["x"]
    if case == "kl":
        z = model.encode(x).latent_dist.mean
        return {"z": z, "out": model.decode(z).sample}
    if case == "vq":
        z = model.encode(x).latents
        return {"z": z, "out": model.decode(z).sample}
    if case == "unet-context":
        return {"out": model(x, inputs["t"], inputs["context"]).sample}
    return {"out": model(x, inputs["t"]).sample}


def save(path, tensors):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def main(mode, folder):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for case, build in CASES.items():
        place = folder / case
        model = build().eval()
        if mode == "names":
            lines = [f"{name} {list(tensor.shape)}" for name, tensor in sorted(model.state_dict().items())]
            (folder / f"{case}.txt").write_text("\n".join(lines) + "\n")
        elif mode == "make":
            randomise(model)
            inputs = inputs_of(case)
            model.save_pretrained(place)
            save(folder / f"{case}.safetensors", {**inputs, **outputs_of(case, model, inputs)})
        else:
            model = type(model).from_pretrained(place).eval()
            inputs = load_file(folder / f"{case}.safetensors")
            save(folder / f"{case}.back.safetensors", outputs_of(case, model, inputs))


main(sys.argv[1], Path(sys.argv[2]))
