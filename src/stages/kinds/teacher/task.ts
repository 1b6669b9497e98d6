// What a teacher learns; undefined of one that is loaded.
import { toldModel } from '../../conditions/condition-inputs.ts';
import type { DiffusionTask } from '../../training/diffusion-task.ts';
import type { TeacherParams } from './describe.ts';

export function teacherTask(params: TeacherParams): DiffusionTask | undefined {
  const { unet, conditioning, latentShape, diffusion, train } = params;
  if (train === undefined) return undefined;
  return {
    unet,
    prediction: diffusion.prediction,
    latentShape,
    ...(conditioning && { conditions: toldModel(conditioning) }),
    keepsEmbedder: false,
  };
}
