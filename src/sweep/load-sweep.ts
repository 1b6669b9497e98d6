// A sweep from its file to resolved experiments, one per combination and seed. Each cell is a pile of layers like any
// experiment: the base, the sweep's overrides, those of the command line, then what sets the cell apart; so problems
// are found by the same schema and carry the place where the sweep wrote them.
import path from 'node:path';
import { fileLayers } from '../config/extends.ts';
import { experimentDigest, resolveLayers } from '../config/load.ts';
import { isMapping, mergeLayers, type Layer } from '../config/layers.ts';
import { overrideLayers } from '../config/overrides.ts';
import { pointer } from '../config/parse.ts';
import { ExperimentError, placeText, type Path, type Problem } from '../config/problem.ts';
import { closest } from '../config/suggest.ts';
import type { Experiment } from '../config/types.generated.ts';
import { unevenBatches } from '../config/check-batches.ts';
import { combinationsOf, countRuns, runId, seedsOf, type Combination } from './combinations.ts';
import { readSweepFile, sweepError, type SweepSource } from './read-sweep-file.ts';
import type { Sweep } from './types.generated.ts';

/** One experiment of a sweep. */
export interface SweepRun {
  /** `wg1-sp0-fr1-seed2`. */
  readonly id: string;
  readonly seed: number;
  /** One student, its name `<sweep>-<id>`. */
  readonly config: Experiment;
  /** experimentDigest, with paths relative to the sweep file's folder. */
  readonly digest: string;
}

/** One row of the sweep's table. */
export interface SweepCell extends Combination {
  readonly runs: readonly SweepRun[];
}

export interface LoadedSweep {
  readonly name: string;
  readonly description: string;
  /** The sweep file, absolute. */
  readonly file: string;
  /** The experiment that it starts from, as the sweep file and its own path together name it. */
  readonly base: string;
  readonly student: string;
  readonly toggles: readonly string[];
  readonly seeds: readonly number[];
  readonly cells: readonly SweepCell[];
  /** What the jobs ask of Slurm. */
  readonly slurm: Sweep['slurm'];
  readonly warnings: readonly Problem[];
}

/** More experiments than this are a mistake, or several sweeps. */
const maxRuns = 4096;

const keySegment = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** Keys that a sweep sets itself. */
const ownKeys: ReadonlySet<string> = new Set(['name', 'extends', 'studentSeed']);

/**
 * Loads the sweep in `file`, with overrides of its base. Throws UserError('input') for missing files and
 * ExperimentError (exit 2) with all problems of the sweep, of its base, or of the cells.
 */
export async function loadSweep(file: string, overrides: readonly string[] = []): Promise<LoadedSweep> {
  const source = await readSweepFile(file);
  const { content, layer } = source;
  checkSize(source);
  const basePlace = layer.places.get('/base')?.value ?? { file };
  const baseFile = path.isAbsolute(content.base) ? content.base : path.join(path.dirname(file), content.base);
  const base = [
    ...(await fileLayers(baseFile, basePlace)),
    partOf(layer, content.overrides, ['overrides'], []),
    ...overrideLayers(overrides, file, path.resolve('.')),
  ];
  const students = checkStudent(source, base);

  const seeds = seedsOf(content);
  const cells: SweepCell[] = [];
  const problems = new Map<string, Problem>();
  const warnings = new Map<string, Problem>();
  for (const combination of combinationsOf(content)) {
    const layers = [...base, ...cellLayers(source, combination, students)];
    try {
      const { config, warnings: found } = resolveLayers(file, layers);
      for (const warning of found) warnings.set(`${placeText(warning.where)} ${warning.message}`, warning);
      cells.push({ ...combination, runs: seeds.map((seed) => runOf(source, combination, config, seed)) });
    } catch (error) {
      if (!(error instanceof ExperimentError)) throw error;
      for (const problem of error.problems)
        problems.set(`${placeText(problem.where)} ${problem.message}`, problem);
    }
  }
  if (problems.size > 0) throw new ExperimentError(file, [...problems.values()], 'sweep');
  checkDuplicates(source, cells);
  checkRanks(source, cells);
  return {
    name: content.name,
    description: content.description,
    file: path.resolve(file),
    base: baseFile,
    student: content.student,
    toggles: content.toggles ?? [],
    seeds,
    cells,
    slurm: content.slurm,
    warnings: [...warnings.values()],
  };
}

function checkSize({ content, layer }: SweepSource): void {
  const count = countRuns(content);
  const at = content.axes === undefined ? [] : ['axes'];
  if (count > maxRuns)
    throw sweepError(layer, [
      {
        path: at,
        at: 'key',
        message: `${count} experiments are too many for one sweep; ${maxRuns} are allowed`,
      },
    ]);
  const issues = Object.keys(content.axes ?? {}).flatMap((key) => {
    const steps = key.split('.');
    if (ownKeys.has(key))
      return [
        { path: ['axes', key], at: 'key' as const, message: `${key} is set by the sweep itself; use seeds` },
      ];
    return steps.every((step) => keySegment.test(step) && !['constructor', 'prototype'].includes(step))
      ? []
      : [{ path: ['axes', key], at: 'key' as const, message: `${key} is not a dotted configuration key` }];
  });
  if (issues.length > 0) throw sweepError(layer, issues);
}

/** All students of the base; the sweep's is among them. */
function checkStudent({ content, layer }: SweepSource, base: readonly Layer[]): string[] {
  const merged = mergeLayers(base);
  const students = isMapping(merged) && isMapping(merged['students']) ? Object.keys(merged['students']) : [];
  if (students.includes(content.student)) return students;
  const near = closest(content.student, students);
  const rest = near === undefined ? `it has ${students.join(', ') || 'none'}` : `did you mean ${near}?`;
  throw sweepError(layer, [
    { path: ['student'], at: 'value', message: `the base has no student ${content.student}; ${rest}` },
  ]);
}

/** What sets a cell apart, as layers whose places are those of the sweep file. */
function cellLayers(
  { content, layer }: SweepSource,
  { toggles, axes }: Combination,
  students: readonly string[],
): Layer[] {
  const others = students.filter((name) => name !== content.student);
  const alone = { students: Object.fromEntries(others.map((name) => [name, null])) };
  return [
    partOf(layer, alone, ['student'], []),
    ...Object.entries(toggles).map(([name, on]) =>
      partOf(
        layer,
        on,
        ['toggles', content.toggles?.indexOf(name as never) ?? 0],
        ['students', content.student, name],
      ),
    ),
    ...axes.map(({ key, index, value }) => partOf(layer, value, ['axes', key, index], key.split('.'), key)),
  ];
}

/**
 * `value` as a layer that sets `target`. Its places are those under `source` in the sweep file; the key's is that of
 * the axis, where `axis` names one.
 */
function partOf(layer: Layer, value: unknown, source: Path, target: readonly string[], axis?: string): Layer {
  const [from, to] = [pointer(source), pointer(target)];
  const places = new Map(
    [...layer.places]
      .filter(([at]) => at === from || at.startsWith(`${from}/`))
      .map(([at, place]) => [to + at.slice(from.length), place]),
  );
  const own = places.get(to);
  const named = axis === undefined ? undefined : layer.places.get(pointer(['axes', axis]));
  if (own && named) places.set(to, { key: named.key, value: own.value });
  if (to === '') places.delete('');
  return {
    value: target.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
    places,
    file: layer.file,
    folder: layer.folder,
  };
}

function runOf(
  { file, content }: SweepSource,
  { id }: Combination,
  config: Experiment,
  seed: number,
): SweepRun {
  const own: Experiment = { ...config, name: `${content.name}-${runId(id, seed)}`, studentSeed: seed };
  return {
    id: runId(id, seed),
    seed,
    config: own,
    digest: experimentDigest(own, path.dirname(path.resolve(file))),
  };
}

/** Two cells with one configuration: an axis that repeats a switch, or a value twice in different spellings. */
function checkDuplicates({ layer, content }: SweepSource, cells: readonly SweepCell[]): void {
  const seen = new Map<string, SweepCell>();
  for (const cell of cells) {
    const { digest } = cell.runs[0]!;
    const first = seen.get(digest);
    if (first !== undefined)
      throw sweepError(layer, [
        {
          path: [content.axes === undefined ? 'toggles' : 'axes'],
          at: 'key',
          message: `the cells ${first.id} and ${cell.id} are the same experiment; an axis repeats a value or a switch`,
        },
      ]);
    seen.set(digest, cell);
  }
  const ids = new Set(cells.map(({ id }) => id));
  if (ids.size < cells.length)
    throw sweepError(layer, [{ path: ['axes'], at: 'key', message: 'two cells would have the same name' }]);
}

/** Several processes of a job are of use only where they train together, and can share every batch. */
function checkRanks({ layer, content: { slurm } }: SweepSource, cells: readonly SweepCell[]): void {
  const { ranks } = slurm;
  if (ranks === undefined) return;
  const messages = cells.flatMap(({ runs }) => {
    const { config } = runs[0]!;
    if (config.distributed === 'none') return 'slurm.ranks needs `distributed: mpi` in every cell';
    return unevenBatches(config, ranks) ?? [];
  });
  const issues = [...new Set(messages)].map((message) => ({
    path: ['slurm', 'ranks'],
    at: 'value' as const,
    message,
  }));
  if (issues.length > 0) throw sweepError(layer, issues);
}
