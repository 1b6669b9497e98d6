// Form `pipeline`: a model as a folder that diffusers' DiffusionPipeline.from_pretrained takes, with everything that it
// samples with, and a card.
import path from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { diffusersVersion } from '../../weights/diffusers/diffusers-config.ts';
import type { ModelWriter, WholeModel } from '../model-forms/export-model.ts';
import { modelCard } from './card/model-card.ts';
import { writeJson, writePython, type Component } from './component.ts';
import { componentsOf, pipelineClassOf } from './components.ts';

/** The Python file of SdxPipeline. */
const ownPipeline = 'pipeline';

export const pipelineWriter: ModelWriter = async (model, { output }) => {
  const components = componentsOf(model);
  const ownClass = pipelineClassOf(model) === 'SdxPipeline';
  const ownFiles = [
    ...(ownClass ? [`${ownPipeline}.py`] : []),
    ...components.flatMap(({ name, library, isOwn }) => (isOwn ? [`${name}/${library}.py`] : [])),
  ];
  for (const component of components) await component.write(path.join(output, component.name));
  if (ownClass) await writePython(output, ownPipeline);
  await writeFileAtomic(path.join(output, 'README.md'), modelCard(model, components, ownFiles));
  // Last: a folder without it is no pipeline.
  await writeJson(path.join(output, 'model_index.json'), modelIndex(model, components));
  return [output];
};

/** model_index.json: the class, those of the components, and further arguments of its constructor. */
function modelIndex(model: WholeModel, components: readonly Component[]): object {
  const className = pipelineClassOf(model);
  const { steps, eta, guidanceScale } = model.trained.params.sample;
  return {
    _class_name: className === 'SdxPipeline' ? [ownPipeline, className] : className,
    _diffusers_version: diffusersVersion,
    ...Object.fromEntries(components.map((each) => [each.name, [each.library, each.className]])),
    ...(className === 'StableDiffusionPipeline' && {
      feature_extractor: [null, null],
      image_encoder: [null, null],
      safety_checker: [null, null],
      requires_safety_checker: false,
    }),
    ...(className === 'SdxPipeline' && {
      num_inference_steps: steps,
      guidance_scale: guidanceScale,
      eta,
    }),
  };
}
