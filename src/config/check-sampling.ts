// Checks of sampling and scoring: steps that the noise schedule can give, settings that the sampler takes, and images that
// the scores can compare.
import { mostStepsOf, samplers, usualSampler } from '../diffusion/samplers.ts';
import { exactStepsNear, takesExactly } from '../diffusion/schedule.ts';
import { paperNeighbour } from '../metrics/precision-recall.ts';
import { issueAt, type Issue, type Path } from './problem.ts';
import { samplingOf } from './sampling.ts';
import type { Experiment } from './types.generated.ts';

export function wrongSampling({ sample, diffusion }: Experiment): Issue[] {
  const { timesteps, linearStart, linearEnd } = diffusion;
  const issues = wrongSteps(['sample', 'steps'], sample.steps, timesteps);
  if (linearStart > linearEnd)
    issues.push(issueAt(['diffusion', 'linearStart'], ` is larger than linearEnd, ${linearEnd}`));
  return issues;
}

/** More steps than a sampler has timesteps to stop at. */
export function tooManySteps(config: Experiment): Issue[] {
  return ['teacher', ...Object.keys(config.students)].flatMap((model) => {
    const { sampler = usualSampler, steps } = samplingOf(config, model);
    const most = mostStepsOf(sampler, config.diffusion.timesteps) ?? steps;
    if (steps <= most) return [];
    const path = model === 'teacher' ? ['teacher'] : ['students', model];
    return [issueAt(path, `: the sampler ${sampler} takes at most ${most} steps, not ${steps}`, 'key')];
  });
}

/** Noise asked of samplers that take none: where all models are told so, and where one of them is. */
export function idleEta(config: Experiment): Issue[] {
  const refused = ({ sampler = usualSampler, eta }: Experiment['sample']): string | undefined =>
    samplers[sampler].takesEta || eta === 0 ? undefined : `the sampler ${sampler} takes no eta`;
  const general = refused(config.sample);
  const issues = general === undefined ? [] : [issueAt(['sample', 'eta'], `: ${general}; leave it out`)];
  const models = [
    [['teacher'], 'teacher', config.teacher.sample] as const,
    ...Object.entries(config.students).map(
      ([name, { sample }]) => [['students', name], name, sample] as const,
    ),
  ];
  for (const [path, model, own] of models) {
    if (own?.sampler === undefined && own?.eta === undefined) continue; // as all
    const settings = samplingOf(config, model);
    const why = refused(settings);
    if (why === undefined) continue;
    issues.push(
      own.eta === undefined
        ? issueAt([...path, 'sample', 'sampler'], `: ${why}, and sample.eta is ${settings.eta}; add eta: 0`)
        : issueAt([...path, 'sample', 'eta'], `: ${why}; leave it out`),
    );
  }
  return issues;
}

/** Integers asked of engines and devices that have none. */
export function unableToQuantize(config: Experiment): Issue[] {
  const { engine, device } = config;
  if (engine === 'onnx' && device === 'cpu') return [];
  const running = engine === 'onnx' ? `device is ${device}` : `engine is ${engine}`;
  return ownSamplings(config).flatMap(([path, settings]) =>
    settings?.precision === 'int8'
      ? [issueAt([...path, 'precision'], `: int8 is of the engine onnx on the CPU, and ${running}`)]
      : [],
  );
}

/** The settings of quantization where no model is quantized. */
export function idleQuantization(config: Experiment): Issue[] {
  const quantizes = ownSamplings(config).some(([, settings]) => settings?.precision === 'int8');
  return config.sample.int8 === undefined || quantizes
    ? []
    : [issueAt(['sample', 'int8'], ': no model is sampled with precision: int8', 'key')];
}

type OwnSampling = Pick<Experiment['sample'], 'precision'> | undefined;

/** Where sampling is set, for all models and for each. */
function ownSamplings({ sample, teacher, students }: Experiment): [Path, OwnSampling][] {
  return [
    [['sample'], sample],
    [['teacher', 'sample'], teacher.sample],
    ...Object.entries(students).map(([name, student]): [Path, OwnSampling] => [
      ['students', name, 'sample'],
      student.sample,
    ]),
  ];
}

export function wrongTeacherSampling({ teacher, diffusion }: Experiment): Issue[] {
  return wrongSteps(['teacher', 'sample', 'steps'], teacher.sample?.steps, diffusion.timesteps);
}

export function wrongStudentSampling({ students, diffusion }: Experiment): Issue[] {
  return Object.entries(students).flatMap(([name, { sample }]) =>
    wrongSteps(['students', name, 'sample', 'steps'], sample?.steps, diffusion.timesteps),
  );
}

/** Steps that DDIM cannot take; none where none are given. */
function wrongSteps(path: Path, steps: number | undefined, timesteps: number): Issue[] {
  if (steps === undefined) return [];
  const most = Math.floor(timesteps / 2);
  if (steps > most)
    return [
      issueAt(path, `: ${steps} is too large; at most ${most}, half of diffusion.timesteps, are possible`),
    ];
  if (takesExactly(timesteps, steps)) return [];
  const near = exactStepsNear(timesteps, steps).join(' or ');
  const why = `DDIM cannot spread exactly ${steps} steps evenly over ${timesteps} timesteps`;
  return [issueAt(path, `: ${why}; take ${near}`)];
}

const needsFeatures: ReadonlySet<string> = new Set(['kid', 'precision-recall', 'memorisation']);

export function wrongScores({ dataset, sample, evaluate }: Experiment): Issue[] {
  const { metrics, referenceStats, referenceCount } = evaluate;
  const issues: Issue[] = [];
  if (referenceCount === 1)
    issues.push(
      issueAt(['evaluate', 'referenceCount'], ': 1 image has no covariance; take more, or 0 for all'),
    );
  if (evaluate.floors) {
    const refuse = (why: string): unknown => issues.push(issueAt(['evaluate', 'floors'], ` ${why}`));
    if (referenceStats !== undefined)
      refuse('need the features of the real images, which evaluate.referenceStats does not hold');
    if (evaluate.dataset !== undefined && evaluate.dataset.size !== dataset.size)
      refuse(
        `pass real images through the autoencoder; dataset.size is ${dataset.size}, evaluate.dataset.size ${evaluate.dataset.size}`,
      );
  }
  for (const [i, metric] of metrics.entries()) {
    const refuse = (why: string): unknown =>
      issues.push(issueAt(['evaluate', 'metrics', i], `: ${metric} ${why}`));
    if (needsFeatures.has(metric) && referenceStats !== undefined)
      refuse('needs the features of the real images, which evaluate.referenceStats does not hold');
    if (metric === 'precision-recall') {
      const needed = `needs more than ${paperNeighbour} images`;
      if (sample.count <= paperNeighbour) refuse(`${needed}; sample.count is ${sample.count}`);
      if (referenceCount > 1 && referenceCount <= paperNeighbour)
        refuse(`${needed}; evaluate.referenceCount is ${referenceCount}`);
    }
    if (metric === 'memorisation') {
      const held =
        evaluate.dataset !== undefined || (dataset.split !== undefined && evaluate.part !== 'train');
      if (!held) refuse('compares with real images that were not trained on; set dataset.split');
    }
    const ofPixels = metric === 'spectrum' || metric === 'paper-spectrum';
    if (ofPixels && evaluate.dataset !== undefined && evaluate.dataset.size !== dataset.size)
      refuse(
        `compares images of one size; dataset.size is ${dataset.size}, evaluate.dataset.size ${evaluate.dataset.size}`,
      );
  }
  return issues;
}
