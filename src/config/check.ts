// What a schema cannot say: keys that need or exclude each other, sizes that must fit, names that must exist. Every
// mistake found here would otherwise appear hours into a run.
import { undecidableMicroBatches, wrongMicroBatches } from './check-batches.ts';
import { conditioningMistakes } from './check-conditioning.ts';
import { wrongMethods } from './check-methods.ts';
import {
  missizedNetworks,
  misplacedNorms,
  takenNames,
  unknownTaps,
  wrongHeads,
  wrongOrigins,
} from './check-networks.ts';
import {
  idleEta,
  idleQuantization,
  tooManySteps,
  unableToQuantize,
  wrongSampling,
  wrongScores,
  wrongStudentSampling,
  wrongTeacherSampling,
} from './check-sampling.ts';
import { missingParts, wrongSplits } from './check-split.ts';
import type { Issue } from './problem.ts';
import type { Experiment } from './types.generated.ts';
import {
  grainInPixels,
  idleGating,
  idleFlip,
  idleLosses,
  idlePrompts,
  unfitSamplers,
  unreachedScales,
  wideStudents,
} from './warnings.ts';

export interface Findings {
  readonly issues: readonly Issue[];
  /** Possible, but hardly meant. */
  readonly warnings: readonly Issue[];
}

/** What a check reads: it is left out where one of these sections does not fit the schema. */
interface Check {
  readonly reads: readonly (keyof Experiment)[];
  readonly find: (config: Experiment) => readonly Issue[];
}

const networks = ['dataset', 'autoencoder', 'conditioning', 'teacher', 'students'] as const;

const mistakes: readonly Check[] = [
  { reads: ['dataset', 'evaluate'], find: wrongSplits },
  { reads: ['dataset', 'evaluate', 'analyze'], find: missingParts },
  { reads: ['autoencoder', 'teacher', 'distill'], find: wrongMicroBatches },
  {
    reads: ['autoencoder', 'teacher', 'distill', 'engine', 'device', 'memory'],
    find: undecidableMicroBatches,
  },
  { reads: ['autoencoder', 'teacher'], find: wrongOrigins },
  { reads: ['teacher'], find: wrongHeads },
  { reads: ['students'], find: takenNames },
  { reads: ['conditioning', 'teacher', 'students'], find: wrongMethods },
  { reads: ['teacher', 'students'], find: misplacedNorms },
  { reads: networks, find: missizedNetworks },
  { reads: [...networks, 'distill'], find: unknownTaps },
  { reads: ['dataset', 'conditioning', 'evaluate'], find: conditioningMistakes },
  { reads: ['sample', 'diffusion'], find: wrongSampling },
  { reads: ['teacher', 'diffusion'], find: wrongTeacherSampling },
  { reads: ['students', 'diffusion'], find: wrongStudentSampling },
  { reads: ['sample', 'teacher', 'students'], find: idleEta },
  { reads: ['sample', 'teacher', 'students', 'diffusion'], find: tooManySteps },
  { reads: ['sample', 'teacher', 'students', 'engine', 'device'], find: unableToQuantize },
  { reads: ['dataset', 'sample', 'evaluate'], find: wrongScores },
];

const oddities: readonly Check[] = [
  { reads: ['dataset', 'autoencoder', 'teacher'], find: unreachedScales },
  { reads: ['students', 'distill'], find: idleLosses },
  { reads: ['evaluate'], find: idleFlip },
  { reads: ['students'], find: idleGating },
  { reads: ['sample', 'teacher', 'students'], find: idleQuantization },
  { reads: ['sample', 'conditioning'], find: idlePrompts },
  { reads: ['sample', 'students'], find: unfitSamplers },
  { reads: ['teacher', 'students'], find: wideStudents },
  { reads: ['autoencoder', 'sample'], find: grainInPixels },
];

/** Checks a configuration with defaults, of which the top-level sections in `broken` do not fit the schema. */
export function checkExperiment(config: Experiment, broken: ReadonlySet<string> = new Set()): Findings {
  const found = (checks: readonly Check[]): Issue[] =>
    checks
      .filter(({ reads }) => !reads.some((section) => broken.has(section)))
      .flatMap(({ find }) => find(config));
  return { issues: found(mistakes), warnings: found(oddities) };
}
