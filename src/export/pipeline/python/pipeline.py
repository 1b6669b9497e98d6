"""Samples a model of sdx that no pipeline of diffusers can hold; written by `sdx export` beside its weights.

    from diffusers import DiffusionPipeline
    pipe = DiffusionPipeline.from_pretrained(folder, trust_remote_code=True)
    pipe(class_labels=[0, 1]).images        # of a class-conditional model
    pipe(prompt=["a smiling face"]).images  # of one with a text encoder
    pipe(batch_size=2).images               # of an unconditional one
"""

import re

import torch
from diffusers import DiffusionPipeline
from diffusers.pipelines.pipeline_utils import ImagePipelineOutput
from diffusers.utils.torch_utils import randn_tensor


def word_ids(caption, length, vocabulary):
    """Words in lower case, each hashed (64-bit FNV-1a of its UTF-8) to 1 .. vocabulary - 1; 0 where there is none."""
    ids = []
    for word in re.findall(r"[^\W_]+", caption.lower())[:length]:
        digest = 0xCBF29CE484222325
        for byte in word.encode():
            digest = (digest ^ byte) * 0x100000001B3 % 2**64
        ids.append(1 + digest % (vocabulary - 1))
    return ids + [0] * (length - len(ids))


class SdxPipeline(DiffusionPipeline):
    """DDIM with classifier-free guidance; what a call leaves out is as the experiment sampled it."""

    model_cpu_offload_seq = "text_encoder->class_embedder->unet->vae"
    _optional_components = ["vae", "class_embedder", "text_encoder", "tokenizer"]

    def __init__(
        self,
        unet,
        scheduler,
        vae=None,
        class_embedder=None,
        text_encoder=None,
        tokenizer=None,
        num_inference_steps=50,
        guidance_scale=1.0,
        eta=0.0,
    ):
        super().__init__()
        self.register_modules(
            unet=unet,
            scheduler=scheduler,
            vae=vae,
            class_embedder=class_embedder,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
        )
        self.register_to_config(
            num_inference_steps=num_inference_steps, guidance_scale=guidance_scale, eta=eta
        )

    def encode_prompts(self, prompts):
        """Captions -> context [B, tokens, width]."""
        config = self.text_encoder.config
        length = config.max_position_embeddings
        if self.tokenizer is None:
            ids = torch.tensor([word_ids(prompt, length, config.vocab_size) for prompt in prompts])
        else:
            ids = self.tokenizer(
                prompts, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
            ).input_ids
        return self.text_encoder(ids.to(self._execution_device))[0]

    def encode_classes(self, labels):
        """Labels -> context [B, 1, width]."""
        return self.class_embedder(torch.tensor(labels, device=self._execution_device))

    def conditions(self, prompt, class_labels):
        """The context of the conditions and of none; both None where the model is unconditional."""
        if self.text_encoder is not None:
            if prompt is None:
                raise ValueError("`prompt` is missing: the model is conditioned on captions")
            prompts = [prompt] if isinstance(prompt, str) else list(prompt)
            return self.encode_prompts(prompts), self.encode_prompts([""] * len(prompts))
        if self.class_embedder is not None:
            if class_labels is None:
                raise ValueError("`class_labels` is missing: the model is conditioned on classes")
            labels = [class_labels] if isinstance(class_labels, int) else list(class_labels)
            nothing = self.class_embedder.config.classes
            return self.encode_classes(labels), self.encode_classes([nothing] * len(labels))
        return None, None

    def decode(self, latents):
        """Latents, which are pixels where there is no autoencoder, -> images in [0, 1]."""
        images = latents if self.vae is None else self.vae.decode(latents / self.vae.config.scaling_factor).sample
        return (images / 2 + 0.5).clamp(0, 1)

    @torch.no_grad()
    def __call__(
        self,
        prompt=None,
        class_labels=None,
        batch_size=1,
        num_inference_steps=None,
        guidance_scale=None,
        eta=None,
        generator=None,
        latents=None,
        output_type="pil",
        return_dict=True,
    ):
        """Images, as many as prompts, class labels, or else `batch_size`; `latents` is the noise that they start from."""
        steps = self.config.num_inference_steps if num_inference_steps is None else num_inference_steps
        scale = self.config.guidance_scale if guidance_scale is None else guidance_scale
        eta = self.config.eta if eta is None else eta
        context, no_context = self.conditions(prompt, class_labels)
        guided = context is not None and scale != 1
        if guided:
            context = torch.cat([no_context, context])
        if latents is None:
            count = batch_size if no_context is None else len(no_context)
            side = self.unet.config.sample_size
            shape = (count, self.unet.config.in_channels, side, side)
            latents = randn_tensor(shape, generator=generator, device=self._execution_device, dtype=self.unet.dtype)
        latents = latents.to(self._execution_device, self.unet.dtype)

        self.scheduler.set_timesteps(steps)
        for t in self.progress_bar(self.scheduler.timesteps):
            x = torch.cat([latents, latents]) if guided else latents
            predicted = self.unet(x, t, **({} if context is None else {"encoder_hidden_states": context})).sample
            if guided:
                unconditional, conditional = predicted.chunk(2)
                predicted = unconditional + scale * (conditional - unconditional)
            latents = self.scheduler.step(predicted, t, latents, eta=eta, generator=generator).prev_sample

        images = self.decode(latents)
        if output_type != "pt":
            images = images.cpu().permute(0, 2, 3, 1).float().numpy()
            if output_type == "pil":
                images = self.numpy_to_pil(images)
        return ImagePipelineOutput(images=images) if return_dict else (images,)
