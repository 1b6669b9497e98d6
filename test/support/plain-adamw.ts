// The optimizer of tests that train a few numbers: no warmup, no decay, a constant rate.

export const plainAdamw = {
  learningRate: 0.1,
  lrSchedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  gradClip: 1,
  emaDecay: 0.9,
} as const;
