// `sdx diff`: how two experiments differ, from their results folders or their files.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { openStore } from '../../store/store.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { loadExperiment } from '../../config/load.ts';
import { differencesOf, sidesOf, type Difference, type Side } from '../../verify/differences.ts';
import { portableConfig } from '../../runner/portable.ts';
import { preparePlan } from '../../runner/prepare-plan.ts';
import { findResults } from '../../runner/read-results.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import type { DiffOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

/** Exit 0, whether they differ or not. */
export async function diffCommand(a: string, b: string, options: DiffOptions, io: Io): Promise<number> {
  const [left, right] = [await sidesAt(a, options, io), await sidesAt(b, options, io)];
  if (
    left.length !== right.length ||
    (left.length > 1 && left.some(({ label }, i) => label !== right[i]!.label))
  )
    throw new UserError('usage', `${a} and ${b} do not hold the same experiments`, {
      hint: 'compare two sweeps with the same cells, or single experiments',
    });
  const found = left.flatMap((side, i) =>
    differencesOf(side, right[i]!).map((difference) => ({
      ...(left.length > 1 ? { experiment: side.label } : {}),
      ...difference,
    })),
  );
  io.stdout.write(
    options.json ? `${JSON.stringify({ a, b, differences: found }, null, 2)}\n` : text(a, b, found),
  );
  return ExitCode.ok;
}

/** The experiments of results, or the one of a YAML file. */
async function sidesAt(target: string, { store: dir, results }: DiffOptions, io: Io): Promise<Side[]> {
  const isYaml =
    /\.ya?ml$/.test(target) && (await stat(target).catch(() => undefined))?.isDirectory() !== true;
  if (!isYaml) return sidesOf(await findResults(target, results));
  const { config, file } = await loadExperiment(target);
  const store = openStore(dir);
  // Without the data the stage keys are not known; all else can be compared.
  const plan = await preparePlan({ config, store, stages, signal: io.signal }).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'input') return undefined;
    throw error;
  });
  return [
    {
      label: config.name,
      config: portableConfig(config, path.dirname(file)),
      facts: {},
      stages: plan?.nodes.map(({ kind, name, key }) => ({ kind, name, key })) ?? [],
      numbers: {},
    },
  ];
}

function text(
  a: string,
  b: string,
  found: readonly (Difference & { readonly experiment?: string })[],
): string {
  if (found.length === 0) return `${a} and ${b} are the same in everything that is compared\n`;
  const many = found.some(({ experiment }) => experiment !== undefined);
  return textTable(
    [...(many ? ['experiment'] : []), 'part', 'what', a, b],
    found.map(({ experiment = '', part, what, left, right }) => [
      ...(many ? [experiment] : []),
      part,
      what,
      left,
      right,
    ]),
  );
}
