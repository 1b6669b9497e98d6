// How an exported pipeline is used: the Python of the card, which runs in the folder that it stands in.
import { samplers, usualSampler, type SamplerName } from '../../../diffusion/samplers.ts';
import { samplerOf } from '../../../stages/describing/sampling-settings.ts';
import type { WholeModel } from '../../model-forms/export-model.ts';

/** Lines of Python that load the pipeline and save an image, sampled as the experiment samples. */
export function usageLines({ trained }: WholeModel, ownCode: boolean): string[] {
  const { conditioning, sample } = trained.params;
  const settings = [
    whatIsAsked(conditioning?.network.kind),
    `num_inference_steps=${sample.steps}`,
    `eta=${sample.eta}`,
    ...(conditioning ? [`guidance_scale=${sample.guidanceScale}`] : []),
    'generator=torch.manual_seed(0)',
  ];
  return [
    'import torch',
    'from diffusers import DiffusionPipeline',
    '',
    'folder = "."  # this folder',
    `pipe = DiffusionPipeline.from_pretrained(folder${ownCode ? ', trust_remote_code=True' : ''})`,
    `images = pipe(${settings.join(', ')}).images`,
    'images[0].save("image.png")',
  ];
}

function whatIsAsked(kind: 'class' | 'text' | undefined): string {
  if (kind === undefined) return 'batch_size=4';
  return kind === 'class' ? 'class_labels=[0, 1]' : 'prompt=["a smiling face"]';
}

/** What to know before the code is run, a paragraph each. */
export function usageNotes({ trained }: WholeModel, ownFiles: readonly string[]): string[] {
  const { conditioning } = trained.params;
  return [
    ...(ownFiles.length === 0
      ? []
      : [
          `diffusers have no class for parts of this model: theirs are in ${ownFiles.map((file) => `\`${file}\``).join(', ')}. ` +
            '`trust_remote_code=True` lets diffusers run these files; read them first.',
        ]),
    ...(conditioning?.network.kind === 'class'
      ? [
          `Class labels run from 0 to ${conditioning.network.classes - 1}, in the order of the classes' names.`,
        ]
      : []),
    imagesNote(samplerOf(trained.params.sample)),
  ];
}

function imagesNote(sampler: SamplerName): string {
  const own =
    sampler === usualSampler
      ? 'the images are those of `sdx sample` within 1/255.'
      : `the images are those of \`sdx sample\` with \`sample.sampler=${usualSampler}\` within 1/255; the experiment itself ` +
        `samples by ${samplers[sampler].title}, which diffusers' schedulers do not set up alike.`;
  return (
    `From the same noise, and with eta = 0, ${own} That needs this scheduler: with other betas or another type of ` +
    'prediction there are no images, only blobs.'
  );
}
