// `sdx verify`: derives results again, from the manifest to the tables and from the store to the manifest.
import { ExitCode } from '../../errors.ts';
import { findResults } from '../../runner/read-results.ts';
import { stages } from '../../stages/registry.ts';
import { openStore } from '../../store/store.ts';
import { verifyResults, type Check } from '../../verify/verify-results.ts';
import type { Io } from '../io.ts';
import type { VerifyOptions } from '../options.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';

/** Exit 0, or 4 where anything differs. */
export async function verifyCommand(target: string, options: VerifyOptions, io: Io): Promise<number> {
  const { results, base, quick, rerun, store, json } = options;
  const checks = await verifyResults({
    found: await findResults(target, results),
    base,
    rerun: [...(quick ? [] : ['evaluate']), ...(rerun?.split(',') ?? [])],
    store: openStore(store),
    stages,
    signal: io.signal,
    onRerun: (label, stage) => {
      if (!json) io.stderr.write(`running ${stage} of ${label} again\n`);
    },
  });
  const verified = checks.every(({ mismatches }) => mismatches.length === 0);
  io.stdout.write(json ? `${JSON.stringify({ verified, checks }, null, 2)}\n` : text(checks, io.screen));
  return verified ? ExitCode.ok : ExitCode.verifyMismatch;
}

function text(checks: readonly Check[], screen?: Screen): string {
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
    screen,
  );
  const wrong = checks.flatMap(({ mismatches }) => mismatches);
  const list = wrong.map(({ what, problem }) => `  ${what}: ${problem}\n`).join('');
  return list === '' ? table : `${table}\nDoes not verify:\n${list}`;
}
