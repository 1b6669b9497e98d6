// What a student learns: with the teacher's features in the loss where a term is on.
import { alignSpec, tapPairs } from '../../../distill/feature-taps.ts';
import { lossTerms } from '../../../distill/terms/catalog.ts';
import { InvariantError } from '../../../errors.ts';
import { noiseTask, type DiffusionTask } from '../../training/diffusion-task.ts';
import { switchedOn, type DistillParams } from './describe.ts';

export function distillTask(params: DistillParams): DiffusionTask {
  const { student, teacherUnet, copyEmbedder } = params;
  const distillation = distillationOf(params);
  return {
    ...noiseTask(student.unet, params, copyEmbedder),
    ...(distillation && { distillation }),
    ...(student.objective && teacherUnet && { consistency: { teacher: teacherUnet } }),
  };
}

/** What the teacher has learned, its embedder as it is: the loss by which pruning judges its channels. */
export function learnedByTeacher(params: DistillParams): DiffusionTask {
  if (params.teacherUnet === undefined) throw new InvariantError('pruning without a teacher');
  return noiseTask(params.teacherUnet, params, true);
}

/** The teacher's part in the loss; none where no term is on. */
function distillationOf({ student, teacherUnet, distill }: DistillParams): DiffusionTask['distillation'] {
  const { spatial, freq, features } = switchedOn(student, distill);
  const terms = lossTerms({ spatial: spatial !== undefined, freq: freq !== undefined }, distill);
  if (teacherUnet === undefined || terms.length === 0) return undefined;
  const pairs = tapPairs(teacherUnet, student.unet, distill.taps);
  return {
    teacher: teacherUnet,
    pairs,
    ...(features?.featureNorm && { featureNorm: features.featureNorm }),
    alignSpecs: alignSpec(pairs),
    terms,
  };
}
