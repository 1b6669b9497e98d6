// What the method of a student asks of its training: a start, an objective, and settings of its own.
import { methodOf } from '../../../config/student-methods.ts';
import type { Student } from '../../../config/types.generated.ts';
import type { UNetConfig } from '../../../models/unet/unet-config.ts';
import { outputTap, unetTaps } from '../../../models/unet/unet-plan.ts';
import type { DistillSettings } from '../../params.ts';
import type { StudentParams } from './describe.ts';

interface Recipe {
  readonly student: Omit<StudentParams, 'name' | 'unet'>;
  /** Settings of training that hold whatever the experiment says. */
  readonly settings: Partial<DistillSettings>;
}

/** Weight of the teacher's output and features beside the noise loss, as published (Kim et al. 2023, section 4.1). */
const publishedFeatureWeight = 1;

/** Timesteps count until the loss has fallen below this share, as published (Fang et al. 2023, section 4). */
const publishedLossThreshold = 0.05;
const usualImportanceSteps = 100;

/** The recipe of a student whose network is `unet`. */
export function recipeOf(student: Student, unet: UNetConfig): Recipe {
  switch (methodOf(student)) {
    case 'spectral':
      return { student: { spatial: student.spatial, freq: student.freq }, settings: {} };
    case 'block-removal': {
      // BK-SDM's terms are the spatial term over the ends of all levels that are left, and over the outputs.
      const { featureWeight = publishedFeatureWeight } = student;
      const taps = [...unetTaps(unet).map(({ name }) => name), outputTap];
      return {
        student: { spatial: featureWeight > 0, freq: false, start: 'teacher' },
        settings: { lambdaS: featureWeight, reduction: 'mean', featureNorm: 'none', taps },
      };
    }
    case 'pruned': {
      const { lossThreshold = publishedLossThreshold, importanceSteps = usualImportanceSteps } = student;
      return {
        student: { spatial: false, freq: false, pruning: { lossThreshold, importanceSteps } },
        settings: {},
      };
    }
    case 'consistency':
      return {
        student: { spatial: false, freq: false, start: 'teacher', objective: 'consistency' },
        settings: {},
      };
  }
}
