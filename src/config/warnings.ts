// What is possible, but hardly meant: told by validate, plan and run, which go on.
import { issueAt, type Issue, type Path } from './problem.ts';
import { usualSampler } from '../diffusion/samplers.ts';
import { samplingOf } from './sampling.ts';
import { methodOf } from './student-methods.ts';
import type { Experiment } from './types.generated.ts';

/** Attention asked for at scales that a network never reaches would silently be left out. */
export function unreachedScales({ teacher: { unet }, autoencoder, dataset }: Experiment): Issue[] {
  const unused = (wanted: readonly number[], reached: readonly number[], path: Path): Issue[] =>
    wanted
      .filter((scale) => !reached.includes(scale))
      .map((scale) => issueAt(path, ` names ${scale}, but there are only ${reached.join(', ')}`));
  const scales = unet.channelMult.map((_, level) => 2 ** level);
  return [
    ...unused(unet.attentionResolutions, scales, ['teacher', 'unet', 'attentionResolutions']),
    ...(autoencoder.kind === 'none'
      ? []
      : unused(
          autoencoder.attnResolutions,
          autoencoder.channelMult.map((_, level) => dataset.size / 2 ** level),
          ['autoencoder', 'attnResolutions'],
        )),
  ];
}

/** A loss that is switched on with weight 0 distils nothing. */
export function idleLosses({ students, distill }: Experiment): Issue[] {
  return Object.entries(students).flatMap(([name, { spatial, freq }]) => [
    ...(spatial && distill.lambdaS === 0
      ? [issueAt(['students', name, 'spatial'], ' has no effect: distill.lambdaS is 0')]
      : []),
    ...(freq && distill.lambdaF === 0
      ? [issueAt(['students', name, 'freq'], ' has no effect: distill.lambdaF is 0')]
      : []),
  ]);
}

/** Images to compare with are taken as they are. */
export function idleFlip({ evaluate }: Experiment): Issue[] {
  return evaluate.dataset?.flip === true
    ? [issueAt(['evaluate', 'dataset', 'flip'], ' has no effect: only images of training are mirrored')]
    : [];
}

/** A student is meant to be slimmer than its teacher. */
export function wideStudents({ students, teacher }: Experiment): Issue[] {
  const { modelChannels: most } = teacher.unet;
  return Object.entries(students).flatMap(([name, { modelChannels }]) =>
    modelChannels === undefined || modelChannels <= most
      ? []
      : [
          issueAt(
            ['students', name, 'modelChannels'],
            `: ${modelChannels} is more than the teacher's ${most}; a student is meant to be slimmer`,
          ),
        ],
  );
}

/** What is trained for a few steps of one sampler gives poor images with another, and that sampler with other students. */
export function unfitSamplers(config: Experiment): Issue[] {
  return Object.entries(config.students).flatMap(([name, student]) => {
    const { sampler = usualSampler } = samplingOf(config, name);
    const isConsistency = methodOf(student) === 'consistency';
    if (isConsistency === (sampler === 'lcm')) return [];
    return [
      issueAt(
        ['students', name],
        isConsistency
          ? `: a student of the method consistency is trained for the sampler lcm, and is sampled with ${sampler}; sample: {sampler: lcm, steps: 4, eta: 0} changes that`
          : ': the sampler lcm is for students of the method consistency; of others its few steps give poor images',
        'key',
      ),
    ];
  });
}

/** Captions are drawn for models that are told captions. */
export function idlePrompts({ sample, conditioning }: Experiment): Issue[] {
  return sample.promptSeed === undefined || conditioning.kind === 'text'
    ? []
    : [issueAt(['sample', 'promptSeed'], ` has no effect: conditioning.kind is ${conditioning.kind}`)];
}

/** Settings of wavelet gating change nothing in a network without it. */
export function idleGating({ students }: Experiment): Issue[] {
  return Object.entries(students).flatMap(([name, { waveletGating, gates, waveletActivation }]) =>
    waveletGating
      ? []
      : Object.entries({ gates, waveletActivation })
          .filter(([, value]) => value !== undefined)
          .map(([key]) => issueAt(['students', name, key], ' has no effect: waveletGating is false')),
  );
}

/** What latent-diffusion's samplers leave of the noise is smoothed by a decoder; in pixels it stays. */
export function grainInPixels({ autoencoder, sample }: Experiment): Issue[] {
  return autoencoder.kind === 'none' && sample.setAlphaToOne !== true
    ? [
        issueAt(
          ['autoencoder', 'kind'],
          ': without a decoder the noise stays that sampling leaves at the first timestep, about 5 of 255 levels; sample.setAlphaToOne: true takes it away',
        ),
      ]
    : [];
}
