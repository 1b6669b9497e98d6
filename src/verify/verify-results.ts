// Verifies results: every check in turn, each with what it looked at and what is not as it should be.
import { engineOptions } from '../engine/engine-options.ts';
import { lazyEngine } from '../runner/lazy-engine.ts';
import type { FoundResults } from '../runner/read-results.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { Store } from '../store/store.ts';
import { checkArtifacts, checkNumbers } from './artifacts.ts';
import { checkPlans } from './check-plan.ts';
import { rerunStages } from './rerun.ts';
import { checkResultFiles } from './result-files.ts';
import { subjectsOf, type Mismatch, type Subject } from './subject.ts';

export interface Check {
  readonly check: 'files' | 'artifacts' | 'numbers' | 'keys' | 'stages';
  /** What was looked at. */
  readonly looked: string;
  readonly mismatches: readonly Mismatch[];
}

export interface VerifyOptions {
  readonly found: FoundResults;
  /** Folder that relative paths of the configuration start from. */
  readonly base: string;
  /** Kinds or ids of the stages to run again. */
  readonly rerun: readonly string[];
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly signal: AbortSignal;
  /** Called before a stage is run again. */
  readonly onRerun: (label: string, stage: string) => void;
}

/** Throws as the single checks do; nothing is run again where no artifact is there. */
export async function verifyResults(options: VerifyOptions): Promise<readonly Check[]> {
  const { found, store, signal } = options;
  const subjects = subjectsOf(found);
  const keys = new Set(subjects.flatMap(({ stages }) => stages.map(({ key }) => key)));
  const use = await store.use([...keys], { signal });
  return checkAll(subjects, options).finally(() => use.release());
}

async function checkAll(subjects: readonly Subject[], options: VerifyOptions): Promise<readonly Check[]> {
  const { found, base, rerun, store, stages, signal, onRerun } = options;
  const files = await checkResultFiles(found);
  const { artifacts, mismatches: damaged } = await checkArtifacts(subjects, store, signal);
  const numbers = checkNumbers(subjects, artifacts);
  const plans = await checkPlans({ subjects, base, store, stages, signal });
  const checks: Check[] = [
    { check: 'files', looked: files.files.join(', '), mismatches: files.mismatches },
    { check: 'artifacts', looked: `${artifacts.size} in the store, checksums`, mismatches: damaged },
    {
      check: 'numbers',
      looked: `${numbers.count} against the artifacts`,
      mismatches: numbers.mismatches,
    },
    {
      check: 'keys',
      looked:
        plans.skipped === undefined
          ? `${plans.count} from the configuration`
          : `not checked: ${plans.skipped}`,
      mismatches: plans.mismatches,
    },
  ];
  if (rerun.length === 0 || artifacts.size === 0) return checks;
  const { count, deviation, mismatches } = await rerunStages({
    subjects,
    chosen: rerun,
    artifacts,
    store,
    stages,
    engine: (config, made) => lazyEngine(engineOptions({ ...config, ...made })),
    signal,
    onStart: onRerun,
    onEvent: () => undefined,
  });
  const looked = `${count} run again (${rerun.join(', ')}), largest deviation ${deviation.toExponential(1)}`;
  return [...checks, { check: 'stages', looked, mismatches }];
}
