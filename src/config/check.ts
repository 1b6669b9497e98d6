// What a schema cannot say: keys that need or exclude each other, sizes that must fit, names that must exist. Errors
// here would otherwise appear hours into a run.
import { UserError } from '../errors.ts';
import { checkUNetConfig } from '../models/unet/unet-config.ts';
import { unetTaps } from '../models/unet/unet-plan.ts';
import { latentShapeOf, unetConfigOf } from './networks.ts';
import { dotted, type Issue, type Path } from './problem.ts';
import type { Experiment } from './types.generated.ts';

export interface Findings {
  readonly issues: readonly Issue[];
  /** Possible, but hardly meant. */
  readonly warnings: readonly Issue[];
}

/** Checks a configuration that fits the schema. */
export function checkExperiment(config: Experiment): Findings {
  const sizes = checkSizes(config);
  const issues = [...checkOrigins(config), ...checkHeads(config), ...checkSampling(config), ...sizes];
  return sizes.length > 0
    ? { issues, warnings: [] }
    : { issues: [...issues, ...checkTaps(config)], warnings: [...warnScales(config), ...warnLosses(config)] };
}

const issue = (path: Path, message: string, at: Issue['at'] = 'value'): Issue => ({
  path,
  at,
  message: `${dotted(path)}${message}`,
});

/** Weights are either loaded or trained, and only loaded ones come with a scale factor. */
function checkOrigins({ autoencoder, teacher }: Experiment): Issue[] {
  const origins: [string, { readonly checkpoint?: unknown; readonly train?: unknown }][] = [
    ['teacher', teacher],
  ];
  if (autoencoder.kind !== 'none') origins.unshift(['autoencoder', autoencoder]);
  const unscaled =
    autoencoder.kind !== 'none' &&
    autoencoder.scaleFactor === 'checkpoint' &&
    autoencoder.checkpoint === undefined
      ? [issue(['autoencoder', 'scaleFactor'], ' is to come from autoencoder.checkpoint, but there is none')]
      : [];
  const misplaced = origins.flatMap(([name, { checkpoint, train }]) => {
    if (checkpoint !== undefined && train !== undefined)
      return [issue([name, 'train'], ` and ${name}.checkpoint exclude each other; keep one`, 'key')];
    if (checkpoint !== undefined || train !== undefined) return [];
    return [issue([name], ' needs weights: give checkpoint (load them) or train (train them here)', 'key')];
  });
  return [...misplaced, ...unscaled];
}

function checkHeads({ teacher: { unet } }: Experiment): Issue[] {
  const path = ['teacher', 'unet'];
  if (unet.numHeads !== undefined && unet.numHeadChannels !== undefined)
    return [issue([...path, 'numHeads'], ' and numHeadChannels exclude each other; keep one', 'key')];
  if (unet.numHeads === undefined && unet.numHeadChannels === undefined)
    return [issue(path, ' needs numHeads or numHeadChannels', 'key')];
  return [];
}

function checkSampling({ sample, diffusion, evaluate }: Experiment): Issue[] {
  const issues: Issue[] = [];
  const most = Math.floor(diffusion.timesteps / 2);
  if (sample.steps > most) {
    const needed = `at most ${most}, half of diffusion.timesteps, are possible`;
    issues.push(issue(['sample', 'steps'], `: ${sample.steps} is too large; ${needed}`));
  }
  if (diffusion.linearStart > diffusion.linearEnd)
    issues.push(issue(['diffusion', 'linearStart'], ` is larger than linearEnd, ${diffusion.linearEnd}`));
  if (evaluate.referenceCount === 1)
    issues.push(
      issue(['evaluate', 'referenceCount'], ': 1 image has no covariance; take more, or 0 for all'),
    );
  const { metrics, referenceStats } = evaluate;
  if (referenceStats !== undefined)
    for (const [i, metric] of metrics.entries())
      if (metric === 'kid' || metric === 'precision-recall')
        issues.push(
          issue(
            ['evaluate', 'metrics', i],
            `: ${metric} needs the features of the real images, which evaluate.referenceStats does not hold`,
          ),
        );
  return issues;
}

/** Channels and sides, from the images down to the UNets' lowest levels. */
function checkSizes(config: Experiment): Issue[] {
  try {
    latentShapeOf(config);
  } catch (error) {
    return [sizeIssue(['autoencoder', 'channelMult'], error)];
  }
  const models = [
    { path: ['teacher', 'unet'], unet: unetConfigOf(config, 'teacher') },
    ...Object.keys(config.students).map((student) => ({
      path: ['students', student],
      unet: unetConfigOf(config, { student }),
    })),
  ];
  return models.flatMap(({ path, unet }) => {
    if (unet.numHeads === undefined && unet.numHeadChannels === undefined) return [];
    try {
      checkUNetConfig(unet);
      return [];
    } catch (error) {
      return [sizeIssue(path, error)];
    }
  });
}

function sizeIssue(path: Path, error: unknown): Issue {
  if (!(error instanceof UserError)) throw error;
  return issue(path, `: ${error.message.replace('UNet configuration: ', '')}`, 'key');
}

function checkTaps(config: Experiment): Issue[] {
  const { taps } = config.distill;
  if (taps === 'all') return [];
  const known = [...unetTaps(unetConfigOf(config, 'teacher')).map(({ name }) => name), 'output'];
  return taps.flatMap((name, i) =>
    known.includes(name)
      ? []
      : [
          issue(
            ['distill', 'taps', i],
            `: the UNets have no features ${name}; they have ${known.join(', ')}`,
          ),
        ],
  );
}

/** Attention asked for at scales that a network never reaches would silently be left out. */
function warnScales({ teacher: { unet }, autoencoder, dataset }: Experiment): Issue[] {
  const unused = (wanted: readonly number[], reached: readonly number[], path: Path): Issue[] =>
    wanted
      .filter((scale) => !reached.includes(scale))
      .map((scale) => issue(path, ` names ${scale}, but there are only ${reached.join(', ')}`));
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
function warnLosses({ students, distill }: Experiment): Issue[] {
  return Object.entries(students).flatMap(([name, { spatial, freq }]) => [
    ...(spatial && distill.lambdaS === 0
      ? [issue(['students', name, 'spatial'], ' has no effect: distill.lambdaS is 0')]
      : []),
    ...(freq && distill.lambdaF === 0
      ? [issue(['students', name, 'freq'], ' has no effect: distill.lambdaF is 0')]
      : []),
  ]);
}
