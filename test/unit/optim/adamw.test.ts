import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamwScalars, adamwUpdate } from '../../../src/optim/adamw.ts';

// torch.optim.AdamW (2.15) on float32, printed after each of five steps:
//   p = Parameter(tensor([0.5, -1.25, 2.0, 0.0])); AdamW([p], lr=0.1, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.05)
const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.05 };
const start = [0.5, -1.25, 2.0, 0.0];
const steps = [
  {
    gradient: [0.1, -0.2, 0.3, 0.0],
    after: [0.3974999785423279, -1.1437499523162842, 1.8899999856948853, 0.0],
  },
  {
    gradient: [1.0, 0.5, -0.25, 0.125],
    after: [0.31498199701309204, -1.1821805238723755, 1.8767362833023071, -0.07424597442150116],
  },
  {
    gradient: [-0.75, 0.0, 0.5, 2.0],
    after: [0.3016541600227356, -1.2104748487472534, 1.8152726888656616, -0.14091640710830688],
  },
  {
    gradient: [0.01, 0.02, -0.03, 0.04],
    after: [0.29003286361694336, -1.234650731086731, 1.7662352323532104, -0.19640016555786133],
  },
  {
    gradient: [3.0, -2.0, 1.0, -0.5],
    after: [0.23534025251865387, -1.1827892065048218, 1.693618893623352, -0.22836612164974213],
  },
];

beforeAll(() => tf.setBackend('cpu'));

describe('adamwUpdate', () => {
  it("follows PyTorch's AdamW", () => {
    let state = { param: tf.tensor1d(start), m: tf.zeros([4]), v: tf.zeros([4]) } as Parameters<
      typeof adamwUpdate
    >[0];
    for (const [i, { gradient, after }] of steps.entries()) {
      const { stepSize, epsilon, shrink } = adamwScalars(i + 1, 0.1, settings);
      const scalars = {
        stepSize: tf.scalar(stepSize),
        epsilon: tf.scalar(epsilon),
        shrink: tf.scalar(shrink),
      };
      state = adamwUpdate(state, tf.tensor1d(gradient), scalars, settings);
      for (const [j, value] of state.param.dataSync().entries()) expect(value).toBeCloseTo(after[j]!, 6);
    }
  });
});
