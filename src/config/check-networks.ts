// Checks of the networks: where their weights come from, what they are called, and whether their layers fit together,
// from the images down to the UNets' lowest levels.
import { normGroupsOf, unetMisfit, type UNetConfig } from '../models/unet/unet-config.ts';
import { outputTap, unetTaps } from '../models/unet/unet-plan.ts';
import { reservedNames, reductionOf, unetConfigOf } from './networks.ts';
import { wrongMethods } from './check-methods.ts';
import { issueAt, type Issue, type Path } from './problem.ts';
import type { Experiment } from './types.generated.ts';

/** Weights are either loaded or trained, and only loaded ones come with a scale factor. */
export function wrongOrigins({ autoencoder, teacher }: Experiment): Issue[] {
  const origins: [string, { readonly checkpoint?: unknown; readonly train?: unknown }][] = [
    ['teacher', teacher],
  ];
  if (autoencoder.kind !== 'none') origins.unshift(['autoencoder', autoencoder]);
  const unscaled =
    autoencoder.kind !== 'none' &&
    autoencoder.scaleFactor === 'checkpoint' &&
    autoencoder.checkpoint === undefined
      ? [
          issueAt(
            ['autoencoder', 'scaleFactor'],
            ' is to come from autoencoder.checkpoint, but there is none',
          ),
        ]
      : [];
  const misplaced = origins.flatMap(([name, { checkpoint, train }]) => {
    if (checkpoint !== undefined && train !== undefined)
      return [issueAt([name, 'train'], ` and ${name}.checkpoint exclude each other; keep one`, 'key')];
    if (checkpoint !== undefined || train !== undefined) return [];
    return [issueAt([name], ' needs weights: give checkpoint (load them) or train (train them here)', 'key')];
  });
  return [...misplaced, ...unscaled];
}

/** Students beside the networks that commands know by name. */
export function takenNames({ students }: Experiment): Issue[] {
  return reservedNames
    .filter((name) => Object.hasOwn(students, name))
    .map((name) =>
      issueAt(['students', name], `: ${name} is the name of another network; take one of its own`, 'key'),
    );
}

export function wrongHeads({ teacher: { unet } }: Experiment): Issue[] {
  const path = ['teacher', 'unet'];
  if (unet.numHeads !== undefined && unet.numHeadChannels !== undefined)
    return [issueAt([...path, 'numHeads'], ' and numHeadChannels exclude each other; keep one', 'key')];
  if (unet.numHeads === undefined && unet.numHeadChannels === undefined)
    return [issueAt(path, ' needs numHeads or numHeadChannels', 'key')];
  return [];
}

/** Norms take the channels of a UNet in groups of equal size. */
export function misplacedNorms({ teacher, students }: Experiment): Issue[] {
  const groups = normGroupsOf(teacher.unet);
  const unets = [
    { path: ['teacher', 'unet'], ...teacher.unet },
    ...Object.entries(students).flatMap(([name, { modelChannels }]) =>
      modelChannels === undefined ? [] : [{ path: ['students', name], modelChannels }],
    ),
  ];
  return unets
    .filter(({ modelChannels }) => modelChannels % groups !== 0)
    .map(({ path, modelChannels }) =>
      issueAt(
        [...path, 'modelChannels'],
        `: ${modelChannels} is not a multiple of ${groups}, the groups of its norms (teacher.unet.normGroups)`,
      ),
    );
}

/** Sizes that do not fit, beside those of the norms. */
export function missizedNetworks(config: Experiment): Issue[] {
  const { autoencoder, dataset, teacher } = config;
  const reduction = reductionOf(config);
  if (dataset.size % reduction !== 0) {
    const level = autoencoder.kind === 'none' ? ['autoencoder'] : ['autoencoder', 'channelMult'];
    return [issueAt(level, `: images of ${dataset.size} pixels cannot be reduced ${reduction} times`, 'key')];
  }
  if (!hasHeads(config) || wrongMethods(config).length > 0) return [];
  const groups = normGroupsOf(teacher.unet);
  return unetsOf(config).flatMap(({ path, unet }) => {
    const misfit = unet.modelChannels % groups === 0 ? unetMisfit(unet) : undefined;
    return misfit === undefined ? [] : [issueAt(path, `: ${misfit}`, 'key')];
  });
}

function hasHeads({ teacher: { unet } }: Experiment): boolean {
  return unet.numHeads !== undefined || unet.numHeadChannels !== undefined;
}

function unetsOf(config: Experiment): { readonly path: Path; readonly unet: UNetConfig }[] {
  return [
    { path: ['teacher', 'unet'], unet: unetConfigOf(config, 'teacher') },
    ...Object.keys(config.students).map((student) => ({
      path: ['students', student],
      unet: unetConfigOf(config, { student }),
    })),
  ];
}

/** Feature maps to compare that the UNets do not have. */
export function unknownTaps(config: Experiment): Issue[] {
  const { taps } = config.distill;
  if (taps === 'all' || missizedNetworks(config).length > 0 || wrongMethods(config).length > 0) return [];
  const known = [...unetTaps(unetConfigOf(config, 'teacher')).map(({ name }) => name), outputTap];
  return taps.flatMap((name, i) =>
    known.includes(name)
      ? []
      : [
          issueAt(
            ['distill', 'taps', i],
            `: the UNets have no features ${name}; they have ${known.join(', ')}`,
          ),
        ],
  );
}
