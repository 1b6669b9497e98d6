// What a teacher learns; undefined of one that is loaded.
import { noiseTask, type DiffusionTask } from '../../training/diffusion-task.ts';
import type { TeacherParams } from './describe.ts';

export function teacherTask(params: TeacherParams): DiffusionTask | undefined {
  return params.train && noiseTask(params.unet, params, false);
}
