// Results of several runs side by side: what is compared, how their configurations differ, and which samples come from
// the same noise.
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { networksOf } from '../config/networks.ts';
import { samplingOf } from '../config/sampling.ts';
import { validateExperiment } from '../config/validate.ts';
import { UserError } from '../errors.ts';
import type {
  ComparedDifference,
  ComparedImages,
  ComparedResults,
  ComparedSamples,
  Comparison,
} from '../results/comparison.ts';
import { findResults, type FoundResults } from '../runner/read-results.ts';
import { sdxVersion } from '../runner/sdx-version.ts';
import { isOfStudent, stageSeed } from '../stages/catalog.ts';
import { cutGrid } from '../stages/rows/grid.ts';
import { differencesOf, sidesOf, type Side } from './differences.ts';

/** As many as the plots have colours. */
const mostResults = 8;
/** Samples of each model that the page shows. */
const shownSamples = 16;

/**
 * `targets`: names of results, results folders or manifests; the first is what the others are compared with. Throws
 * UserError('usage') for what cannot stand side by side, and as findResults does.
 */
export async function compareResults(targets: readonly string[], resultsDir: string): Promise<Comparison> {
  if (targets.length > mostResults)
    throw new UserError('usage', `${targets.length} results are too many for one page`, {
      hint: `compare at most ${mostResults} at a time`,
    });
  const found: FoundResults[] = [];
  for (const target of targets) found.push(await findResults(target, resultsDir));
  await refuseRepeated(targets, found);
  refuseKinds(targets, found);
  const labels = labelsOf(targets, found);
  return {
    sdxVersion: sdxVersion(),
    results: found.map((one, i) => labelled(labels[i]!, one)),
    differences: found.flatMap((one, i) => (i === 0 ? [] : differencesFrom(found[0]!, one, labels[i]!))),
    samples: await samplesOf(found, labels),
  };
}

async function refuseRepeated(targets: readonly string[], found: readonly FoundResults[]): Promise<void> {
  const folders = await Promise.all(found.map(({ folder }) => realpath(folder)));
  const again = folders.findIndex((folder, i) => folders.indexOf(folder) < i);
  if (again < 0) return;
  const first = targets[folders.indexOf(folders[again]!)]!;
  throw new UserError('usage', `${first} and ${targets[again]!} are the same results`, {
    hint: 'name each results folder once',
  });
}

/** Experiments stand beside experiments, and sweeps beside sweeps that have a cell in common. */
function refuseKinds(targets: readonly string[], found: readonly FoundResults[]): void {
  const [first] = found;
  for (const [i, one] of found.entries()) {
    if (one.kind !== first!.kind)
      throw new UserError(
        'usage',
        `${targets[0]!} is ${article(first!)} and ${targets[i]!} is ${article(one)}: they have no rows in common`,
        { hint: 'compare experiments with experiments, and sweeps with sweeps' },
      );
    const names = namesIn(first!);
    if (!namesIn(one).some((name) => names.includes(name)))
      throw new UserError(
        'usage',
        `${targets[0]!} and ${targets[i]!} have no ${one.kind === 'sweep' ? 'cell' : 'model'} in common`,
        { hint: `${targets[0]!} has ${names.join(', ')}; \`sdx table\` prints each by itself` },
      );
  }
}

function article({ kind }: FoundResults): string {
  return kind === 'sweep' ? 'a sweep' : 'an experiment';
}

function namesIn(found: FoundResults): string[] {
  return found.kind === 'sweep'
    ? found.manifest.cells.map(({ id }) => id)
    : found.manifest.models.map(({ name }) => name);
}

/** The names of the results, or what the user typed where two have the same. */
function labelsOf(targets: readonly string[], found: readonly FoundResults[]): string[] {
  const names = found.map((one) => (one.kind === 'sweep' ? one.manifest.sweep : one.manifest.experiment));
  return new Set(names).size === names.length ? names : [...targets];
}

function labelled(label: string, found: FoundResults): ComparedResults {
  return found.kind === 'sweep'
    ? { label, kind: found.kind, manifest: found.manifest }
    : { label, kind: found.kind, manifest: found.manifest };
}

/** What is in the labels already. */
const told: ReadonlySet<string> = new Set(['name', 'description', 'tags', 'notes']);

/** What differs besides numbers; of sweeps, between the runs that both have, each difference once. */
function differencesFrom(first: FoundResults, other: FoundResults, label: string): ComparedDifference[] {
  const others = sidesOf(other);
  const pairs = sidesOf(first).flatMap((side, i): (readonly [Side, Side])[] => {
    const paired = other.kind === 'sweep' ? others.find((one) => one.label === side.label) : others[i];
    return paired === undefined ? [] : [[side, paired]];
  });
  const byText = new Map<string, { readonly difference: ComparedDifference; readonly runs: string[] }>();
  for (const [a, b] of pairs)
    for (const { part, what, left, right } of differencesOf(a, b)) {
      if (part === 'number' || (part === 'config' && told.has(what))) continue;
      const difference = { label, part, what, first: left, other: right };
      const key = JSON.stringify(difference);
      const known = byText.get(key) ?? { difference, runs: [] as string[] };
      known.runs.push(a.label);
      byText.set(key, known);
    }
  return [...byText.values()].map(({ difference, runs }) => ({
    ...difference,
    ...(runs.length < pairs.length && { runs }),
  }));
}

/** A grid of samples, and what decides which noise its images start from. */
interface SampledGrid {
  readonly label: string;
  readonly name: string;
  readonly grid: Uint8Array;
  /** Equal for samples of the same noise; absent where it is not known. */
  readonly noise?: string;
  readonly images?: readonly Uint8Array[];
}

async function samplesOf(
  found: readonly FoundResults[],
  labels: readonly string[],
): Promise<ComparedSamples[]> {
  const grids = (await Promise.all(found.map((one, i) => gridsOf(one, labels[i]!)))).flat();
  return [...new Set(grids.map(({ name }) => name))].map((model) => {
    const own = grids.filter(({ name }) => name === model);
    const noises = [...new Set(own.flatMap(({ noise }) => noise ?? []))];
    const aligned = noises
      .map((noise) =>
        own.flatMap(({ label, images, ...one }): ComparedImages[] =>
          one.noise === noise && images ? [{ label, images }] : [],
        ),
      )
      .filter((group) => group.length > 1);
    const shown = new Set(aligned.flat().map(({ label }) => label));
    const alone = own.filter(({ label }) => !shown.has(label)).map(({ label, grid }) => ({ label, grid }));
    return { model, aligned, alone };
  });
}

/** Everything that the results show samples of. */
async function gridsOf(found: FoundResults, label: string): Promise<SampledGrid[]> {
  const sought: readonly Sought[] =
    found.kind === 'sweep'
      ? found.manifest.cells.map(({ id, files, config, runs }) => ({
          name: id,
          model: found.manifest.student,
          file: files?.grid,
          // The grid is that of the first run that has one.
          ...(runs[0]?.status === 'done' && {
            config: { ...(config as Readonly<Record<string, unknown>>), studentSeed: runs[0].seed },
          }),
        }))
      : found.manifest.models.map(({ name, files }) => ({
          ...{ name, model: name, file: files?.grid, config: found.manifest.config },
        }));
  const grids = await Promise.all(
    sought.map(async ({ name, model, file, config }): Promise<SampledGrid[]> => {
      const grid = file && (await readFile(path.join(found.folder, file)).catch(() => undefined));
      return grid ? [{ label, name, grid, ...(await cutSamples(grid, config, model)) }] : [];
    }),
  );
  return grids.flat();
}

interface Sought {
  /** The row's name, and the model's within its experiment. */
  readonly name: string;
  readonly model: string;
  readonly file: string | undefined;
  readonly config?: unknown;
}

/** The images of a grid and their noise; nothing where its configuration is not of this version, or the grid is of another. */
async function cutSamples(
  grid: Uint8Array,
  data: unknown,
  model: string,
): Promise<Pick<SampledGrid, 'noise' | 'images'>> {
  const { config } = validateExperiment(data);
  if (config === undefined) return {};
  const { gridColumns: columns, gridRows, count } = samplingOf(config, model);
  const images = await cutGrid(grid, {
    size: config.dataset.size,
    columns,
    total: Math.min(columns * gridRows, count),
    count: shownSamples,
  });
  if (images === undefined) return {};
  const { seed, studentSeed = seed } = config;
  const own = isOfStudent('sample', model) ? studentSeed : seed;
  const { latentShape } = networksOf(config);
  return { images, noise: `${stageSeed(own, 'sample')!} ${latentShape.join('×')}` };
}
