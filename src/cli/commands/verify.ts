// `sdx verify`: derives results again, from the manifest to the tables and from the store to the manifest.
import { openStore } from '../../store/store.ts';
import { engineOptions } from '../../engine/engine-options.ts';
import { ExitCode } from '../../errors.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { findResults } from '../../runner/read-results.ts';
import { stages } from '../../stages/registry.ts';
import { checkArtifacts, checkNumbers } from '../../verify/artifacts.ts';
import { checkPlans } from '../../verify/check-plan.ts';
import { rerunStages } from '../../verify/rerun.ts';
import { checkResultFiles } from '../../verify/result-files.ts';
import { subjectsOf, type Mismatch } from '../../verify/subject.ts';
import type { Io } from '../io.ts';
import type { VerifyOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

interface Check {
  readonly check: string;
  /** What was looked at. */
  readonly looked: string;
  readonly mismatches: readonly Mismatch[];
}

/** Exit 0, or 4 where anything differs. */
export async function verifyCommand(target: string, options: VerifyOptions, io: Io): Promise<number> {
  const found = await findResults(target, options.results);
  const subjects = subjectsOf(found);
  const store = openStore(options.store);
  const checks: Check[] = [];
  const add = (check: string, looked: string, mismatches: readonly Mismatch[]): void => {
    checks.push({ check, looked, mismatches });
  };

  const files = await checkResultFiles(found);
  add('files', files.files.join(', '), files.mismatches);

  const { artifacts, mismatches: damaged } = await checkArtifacts(subjects, store, io.signal);
  add('artifacts', `${artifacts.size} in the store, checksums`, damaged);

  const numbers = checkNumbers(subjects, artifacts);
  add('numbers', `${numbers.count} against the artifacts`, numbers.mismatches);

  const plans = await checkPlans({ subjects, base: options.base, store, stages, signal: io.signal });
  add(
    'keys',
    plans.skipped === undefined ? `${plans.count} from the configuration` : `not checked: ${plans.skipped}`,
    plans.mismatches,
  );

  const chosen = [...(options.quick ? [] : ['evaluate']), ...(options.rerun?.split(',') ?? [])];
  if (chosen.length > 0 && artifacts.size > 0) {
    const rerun = await rerunStages({
      subjects,
      chosen,
      artifacts,
      store,
      stages,
      engine: (config, threads) => lazyEngine(engineOptions({ ...config, threads })),
      signal: io.signal,
      onStart: (label, stage) => {
        if (!options.json) io.stderr.write(`running ${stage} of ${label} again\n`);
      },
      onEvent: () => undefined,
    });
    add(
      'stages',
      `${rerun.count} run again (${chosen.join(', ')}), largest deviation ${rerun.deviation.toExponential(1)}`,
      rerun.mismatches,
    );
  }

  const wrong = checks.flatMap(({ mismatches }) => mismatches);
  io.stdout.write(
    options.json ? `${JSON.stringify({ verified: wrong.length === 0, checks }, null, 2)}\n` : text(checks),
  );
  return wrong.length === 0 ? ExitCode.ok : ExitCode.verifyMismatch;
}

function text(checks: readonly Check[]): string {
  const table = textTable(
    ['check', 'result', 'what'],
    checks.map(({ check, looked, mismatches }) => [
      check,
      mismatches.length === 0
        ? looked.startsWith('not checked')
          ? 'skipped'
          : 'ok'
        : `${mismatches.length} wrong`,
      looked,
    ]),
  );
  const wrong = checks.flatMap(({ mismatches }) => mismatches);
  const list = wrong.map(({ what, problem }) => `  ${what}: ${problem}\n`).join('');
  return list === '' ? table : `${table}\nDoes not verify:\n${list}`;
}
