"""The table that makes the context token of a class, latent-diffusion's ClassEmbedder; written by `sdx export`."""

from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import nn


class ClassEmbedder(ModelMixin, ConfigMixin):
    """Row `classes` of the table stands for "no class"."""

    @register_to_config
    def __init__(self, classes, width):
        super().__init__()
        self.embedding = nn.Embedding(classes + 1, width)

    def forward(self, labels):
        """labels [B] -> context [B, 1, width]."""
        return self.embedding(labels)[:, None]
