"""latent-diffusion's UNet and its wavelet-gated form (Spectral Diffusion), for diffusers.

Written by `sdx export` beside the weights of a model that no UNet of diffusers can hold. Parameters have the names of
latent-diffusion's checkpoints. Paper: "Diffusion Probabilistic Model Made Slim", X. Yang, D. Zhou, J. Feng, X. Wang,
CVPR 2023; gating is its section 5.1 and Eq. 8.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from diffusers.utils import BaseOutput
from torch import nn


@dataclass
class SpectralUNetOutput(BaseOutput):
    sample: torch.Tensor


def haar_dwt(x):
    """[B, C, H, W] -> [B, 4C, H/2, W/2]: the bands LL, LH, HL, HH one after the other, orthonormal."""
    a, b = x[..., 0::2, 0::2], x[..., 0::2, 1::2]
    c, d = x[..., 1::2, 0::2], x[..., 1::2, 1::2]
    return torch.cat([a + b + c + d, a + b - c - d, a - b + c - d, a - b - c + d], 1) / 2


def haar_idwt(bands):
    """The inverse of haar_dwt: [B, 4C, H, W] -> [B, C, 2H, 2W]."""
    ll, lh, hl, hh = (bands / 2).chunk(4, 1)
    rows = [
        torch.stack([ll + lh + hl + hh, ll + lh - hl - hh], -1),  # even rows: the pixels of each pair of columns
        torch.stack([ll - lh + hl - hh, ll - lh - hl + hh], -1),
    ]
    batch, channels, height, width = ll.shape
    return torch.stack(rows, -3).reshape(batch, channels, 2 * height, 2 * width)


class WaveletGate(nn.Module):
    """Eq. 8: a weight in (0, 1) for each channel of each band, from the module's input."""

    def __init__(self, channels, hidden, out_channels):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, hidden, bias=False), nn.SiLU(), nn.Linear(hidden, out_channels, bias=False)
        )

    def forward(self, x):
        return torch.sigmoid(self.fc(x.mean((2, 3))))[..., None, None]


class WaveletResampler(nn.Module):
    """WG-Down and WG-Up: bands under their gates, then fused (down) or transformed back (up).

    fusion: `conv` ends in a 1x1 convolution and the activation; `sum` adds the bands of WG-Down; `sum-both` also leaves
    out the convolution of WG-Up, which then gives a quarter of the channels. gates: `learned`, or `frozen` at 0.5.
    """

    def __init__(self, channels, direction, fusion, gates, activation):
        super().__init__()
        down = direction == "down"
        self.transform_back = not down
        self.sums = down and fusion != "conv"
        self.out_channels = channels // 4 if not down and fusion == "sum-both" else channels
        self.activation = nn.SiLU() if activation == "silu" else nn.Identity()
        self.fre_att = None
        if gates == "learned":
            hidden = 4 if fusion == "conv" else channels // 2
            self.fre_att = WaveletGate(channels, hidden, 4 * channels if down else channels)
        self.conv = None
        if fusion == "conv" if down else fusion != "sum-both":
            self.conv = nn.Conv2d(4 * channels if down else channels // 4, channels, 1)

    def forward(self, x):
        gate = 0.5 if self.fre_att is None else self.fre_att(x)
        h = haar_idwt(gate * x) if self.transform_back else gate * haar_dwt(x)
        if self.sums:
            return sum(h.chunk(4, 1))
        return h if self.conv is None else self.activation(self.conv(h))


class PlainResampler(nn.Module):
    """Average pooling, or nearest neighbours."""

    def __init__(self, channels, direction):
        super().__init__()
        self.out_channels = channels
        self.down = direction == "down"

    def forward(self, x):
        return F.avg_pool2d(x, 2) if self.down else F.interpolate(x, scale_factor=2, mode="nearest")


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.out_channels = channels
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x):
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.out_channels = channels
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class ResBlock(nn.Module):
    """`resamplers`: of the residual branch and of the stream beside it, where the block changes the resolution."""

    def __init__(self, in_channels, out_channels, emb_channels, groups, scale_shift, resamplers=None):
        super().__init__()
        self.scale_shift = scale_shift
        self.h_upd, self.x_upd = resamplers or (nn.Identity(), nn.Identity())
        inner = self.x_upd.out_channels if resamplers else in_channels
        self.out_channels = out_channels
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, in_channels), nn.SiLU(), nn.Conv2d(inner, out_channels, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(
            nn.SiLU(), nn.Linear(emb_channels, 2 * out_channels if scale_shift else out_channels)
        )
        self.out_layers = nn.Sequential(
            nn.GroupNorm(groups, out_channels),
            nn.SiLU(),
            nn.Identity(),  # dropout in latent-diffusion, which numbers the layers
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
        )
        self.skip_connection = (
            nn.Identity() if inner == out_channels else nn.Conv2d(inner, out_channels, 1)
        )

    def forward(self, x, emb):
        norm, activation, conv = self.in_layers
        h = conv(self.h_upd(activation(norm(x))))
        x = self.x_upd(x)
        shift = self.emb_layers(emb)[..., None, None]
        if self.scale_shift:
            scale, shift = shift.chunk(2, 1)
            h = self.out_layers[1:](self.out_layers[0](h) * (1 + scale) + shift)
        else:
            h = self.out_layers(h + shift)
        return self.skip_connection(x) + h


class AttentionBlock(nn.Module):
    """Self-attention over the pixels; the rows of `qkv` are q, k and v of the first head, then of the second."""

    def __init__(self, channels, heads, groups):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        batch, channels, height, width = x.shape
        qkv = self.qkv(self.norm(x).flatten(2))
        q, k, v = qkv.reshape(batch, self.heads, 3 * channels // self.heads, -1).transpose(2, 3).chunk(3, 3)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(batch, channels, -1)
        return x + self.proj_out(mixed).reshape(x.shape)


class CrossAttention(nn.Module):
    def __init__(self, channels, context_dim, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context_dim, channels, bias=False)
        self.to_v = nn.Linear(context_dim, channels, bias=False)
        self.to_out = nn.Sequential(nn.Linear(channels, channels))

    def forward(self, x, context):
        def split(tokens):
            return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.to_q(x)), split(self.to_k(context)), split(self.to_v(context))
        return self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class GEGLU(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.proj = nn.Linear(channels, 2 * hidden)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = 4 * channels
        self.net = nn.Sequential(GEGLU(channels, hidden), nn.Identity(), nn.Linear(hidden, channels))

    def forward(self, x):
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, channels, context_dim, heads):
        super().__init__()
        self.attn1 = CrossAttention(channels, channels, heads)
        self.ff = FeedForward(channels)
        self.attn2 = CrossAttention(channels, context_dim, heads)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))

    def forward(self, x, context):
        own = self.norm1(x)
        x = x + self.attn1(own, own)
        query = self.norm2(x)
        x = x + self.attn2(query, query if context is None else context)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    def __init__(self, channels, heads, groups, depth, context_dim):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=1e-6)
        self.proj_in = nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, context_dim or channels, heads) for _ in range(depth)
        )
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x, context):
        tokens = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            tokens = block(tokens, context)
        return x + self.proj_out(tokens.transpose(1, 2).reshape(x.shape))


def timestep_embedding(timesteps, width):
    """Cosines, then sines, of the timesteps [B] -> [B, width]."""
    half = width // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=timesteps.device) / half)
    angles = timesteps[:, None].float() * frequencies
    return F.pad(torch.cat([angles.cos(), angles.sin()], 1), (0, width % 2))


class SpectralUNet(ModelMixin, ConfigMixin):
    @register_to_config
    def __init__(
        self,
        sample_size,
        in_channels,
        out_channels,
        model_channels,
        channel_mult,
        num_res_blocks,
        attention_resolutions,  # factors of downsampling at which there is attention
        num_heads=1,
        num_head_channels=None,
        norm_groups=32,
        use_scale_shift_norm=False,
        resblock_updown=False,
        transformer_depth=None,  # blocks of each spatial transformer; None: plain self-attention
        context_dim=None,
        wavelet_gating=True,
        wavelet_fusion="conv",
        wavelet_gates="learned",
        wavelet_activation="silu",  # of resamplers on the residual stream
        has_middle=True,  # the block between the two paths
    ):
        super().__init__()
        emb_channels = 4 * model_channels

        def res(inputs, outputs, resamplers=None):
            return ResBlock(inputs, outputs, emb_channels, norm_groups, use_scale_shift_norm, resamplers)

        def attention(channels):
            heads = channels // num_head_channels if num_head_channels else num_heads
            if transformer_depth is None:
                return AttentionBlock(channels, heads, norm_groups)
            return SpatialTransformer(channels, heads, norm_groups, transformer_depth, context_dim)

        def resampler(channels, direction, activation=wavelet_activation):
            if wavelet_gating:
                return WaveletResampler(channels, direction, wavelet_fusion, wavelet_gates, activation)
            if resblock_updown:
                return PlainResampler(channels, direction)
            return Downsample(channels) if direction == "down" else Upsample(channels)

        def resample(channels, direction):
            if not resblock_updown:
                return resampler(channels, direction)
            beside = resampler(channels, direction, "silu")  # on the residual branch, gating always ends in SiLU
            return res(channels, channels, (beside, resampler(channels, direction)))

        def level_blocks(inputs, outputs, scale):
            return [res(inputs, outputs)] + ([attention(outputs)] if scale in attention_resolutions else [])

        self.time_embed = nn.Sequential(
            nn.Linear(model_channels, emb_channels), nn.SiLU(), nn.Linear(emb_channels, emb_channels)
        )
        channels, scale, kept = model_channels, 1, [model_channels]
        down = [[nn.Conv2d(in_channels, channels, 3, padding=1)]]
        for level, mult in enumerate(channel_mult):
            for _ in range(num_res_blocks):
                down.append(level_blocks(channels, mult * model_channels, scale))
                channels = mult * model_channels
                kept.append(channels)
            if level < len(channel_mult) - 1:
                down.append([resample(channels, "down")])
                kept.append(channels)
                scale *= 2
        self.input_blocks = nn.ModuleList(map(nn.ModuleList, down))
        middle = [res(channels, channels), attention(channels), res(channels, channels)] if has_middle else []
        self.middle_block = nn.ModuleList(middle)
        up = []
        for level, mult in reversed(list(enumerate(channel_mult))):
            for i in range(num_res_blocks + 1):
                layers = level_blocks(channels + kept.pop(), mult * model_channels, scale)
                channels = mult * model_channels
                if level > 0 and i == num_res_blocks:
                    layers.append(resample(channels, "up"))
                    channels = layers[-1].out_channels
                    scale //= 2
                up.append(layers)
        self.output_blocks = nn.ModuleList(map(nn.ModuleList, up))
        self.out = nn.Sequential(
            nn.GroupNorm(norm_groups, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1)
        )

    def forward(self, sample, timestep, encoder_hidden_states=None, return_dict=True):
        """sample [B, C, H, W], timestep a number or [B], encoder_hidden_states [B, tokens, context_dim]."""
        timesteps = torch.as_tensor(timestep, device=sample.device).expand(len(sample))
        emb = self.time_embed(timestep_embedding(timesteps, self.config.model_channels).to(sample.dtype))

        def apply(layers, h):
            for layer in layers:
                if isinstance(layer, ResBlock):
                    h = layer(h, emb)
                elif isinstance(layer, SpatialTransformer):
                    h = layer(h, encoder_hidden_states)
                else:
                    h = layer(h)
            return h

        h, kept = sample, []
        for layers in self.input_blocks:
            h = apply(layers, h)
            kept.append(h)
        h = apply(self.middle_block, h)
        for layers in self.output_blocks:
            h = apply(layers, torch.cat([h, kept.pop()], 1))
        h = self.out(h)
        return SpectralUNetOutput(sample=h) if return_dict else (h,)
