// Who needs which artifacts: every experiment, every cell of every sweep, and all results of the given places. Where the
// data or files of an experiment are not at hand, its keys are not known; what it may need is then told by its shape.
import path from 'node:path';
import { fileLayers } from '../config/extends.ts';
import { loadExperiment } from '../config/load.ts';
import { ExperimentError } from '../config/problem.ts';
import type { Experiment } from '../config/types.generated.ts';
import { InvariantError, UserError } from '../errors.ts';
import type { Externals } from '../plan/compile.ts';
import { analysisOf, figureProbes } from '../plan/probes.ts';
import { compileTentatively, tentativeExternals } from '../runner/tentative-plan.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { Store } from '../store/store.ts';
import { detectSweep, isForeign } from '../sweep/detect-sweep.ts';
import { loadSweep } from '../sweep/load-sweep.ts';
import { outsideOf } from '../sweep/plan-sweep.ts';
import { findFiles } from './find-files.ts';
import { needsOfResults } from './needs-of-results.ts';
import { shapeOf } from './shape.ts';

export interface User {
  /** The file, as its place was named. */
  readonly name: string;
  readonly keys: ReadonlySet<string>;
  /** Shapes of artifacts that it may need, whose keys are not known. */
  readonly shapes: ReadonlySet<string>;
  /** Names of the experiments and sweeps that it is about. */
  readonly names: ReadonlySet<string>;
  /** Names of experiments some of whose keys are not known: their runs have noted what they used. */
  readonly runs: ReadonlySet<string>;
}

export interface FoundUsers {
  readonly users: readonly User[];
  /** Files that cannot be read: what they need is not known. */
  readonly problems: readonly { readonly file: string; readonly error: UserError }[];
  /** What planned them: it knows the digests of what they stand on. */
  readonly planner: Planner;
}

export interface FindUsersOptions {
  /** Folders and files. */
  readonly places: readonly string[];
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly signal: AbortSignal;
}

/** Throws UserError for places that cannot be looked through, InterruptedError when `signal` aborts. */
export async function findUsers(options: FindUsersOptions): Promise<FoundUsers> {
  const { places, store } = options;
  const { configurations, results } = await findFiles(places, store.dir);
  const planner = new Planner(options);
  const users: User[] = [];
  const problems: { file: string; error: UserError }[] = [];
  const attempt = async (file: string, find: () => Promise<User | undefined>): Promise<void> => {
    try {
      const user = await find();
      if (user !== undefined) users.push(user);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ file, error });
    }
  };
  for (const file of configurations) await attempt(file, () => planner.userOf(file));
  for (const file of results)
    await attempt(file, async () => ({ ...nobody, name: file, ...(await needsOfResults(file)) }));
  // A part of an experiment need not be one itself, where a whole one starts from it.
  const alone = problems.filter(({ file }) => !planner.bases.has(path.resolve(file)));
  return { users, problems: alone, planner };
}

const nobody = { shapes: new Set<string>(), runs: new Set<string>() };

/** Plans configurations; what several stand on is digested once. */
export class Planner {
  /** Files that others start from; absolute. */
  readonly bases = new Set<string>();
  readonly #options: Omit<FindUsersOptions, 'places'>;
  readonly #externals = new Map<string, Externals>();

  constructor(options: Omit<FindUsersOptions, 'places'>) {
    this.#options = options;
  }

  /** What the experiment or sweep in `file` needs; undefined where it is neither. Throws UserError. */
  async userOf(file: string): Promise<User | undefined> {
    if ((await detectSweep(file)) !== undefined) {
      const { name, base, cells } = await loadSweep(file);
      await this.#noteBases(base);
      this.bases.add(path.resolve(base));
      const configs = cells.flatMap(({ runs }) => runs.map(({ config }) => config));
      const user = await this.needsOf(file, configs);
      return { ...user, names: new Set([...user.names, name]) };
    }
    if (await isForeign(file)) return undefined;
    const { config } = await loadExperiment(file, ['analyze={}', 'figures={}']); // and what is measured beside it
    await this.#noteBases(file);
    return this.needsOf(file, [config]);
  }

  async #noteBases(file: string): Promise<void> {
    for (const layer of await fileLayers(file))
      if (path.resolve(layer.file) !== path.resolve(file)) this.bases.add(path.resolve(layer.file));
  }

  /** What all of `configs` need, together. Throws UserError for data that are there and cannot be read. */
  async needsOf(name: string, configs: readonly Experiment[]): Promise<User> {
    const [keys, shapes, runs] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const config of configs) {
      const models = new Set(['teacher', ...Object.keys(config.students)]);
      const probes = [
        ...(config.analyze ? [analysisOf(models, config.analyze)] : []),
        ...(config.figures ? figureProbes(config, models, config.figures) : []),
      ];
      const { plan, unknownKeys } = compileTentatively(config, await this.#externalsOf(config), probes);
      for (const { id, kind, key, params, identity } of plan.nodes) {
        if (!unknownKeys.has(id)) {
          keys.add(key);
          continue;
        }
        const shape = shapeOf(kind, identity.version, params);
        if (shape === undefined) throw new InvariantError(`${id} of ${config.name} has no shape`);
        shapes.add(shape);
        runs.add(config.name);
      }
    }
    return { name, keys, shapes, names: new Set(configs.map((config) => config.name)), runs };
  }

  async #externalsOf(config: Experiment): Promise<Externals> {
    const outside = outsideOf(config);
    const known = this.#externals.get(outside);
    if (known !== undefined) return known;
    const { externals } = await tentativeExternals({ config, ...this.#options });
    this.#externals.set(outside, externals);
    return externals;
  }
}

/** Throws where something could not be read: nothing can be removed then. */
export function refuseProblems(problems: FoundUsers['problems'], nothing: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const wrong = problems.find(({ error }) => error instanceof ExperimentError) ?? first;
  const list = problems.map(({ file, error }) => `\n  ${file}: ${error.message.replaceAll('\n', '\n  ')}`);
  throw new UserError(wrong.error.code, `${nothing}: what these need is not known${list.join('')}`, {
    hint: 'correct or remove them, or name the places to look at',
    where: first.error.where,
  });
}
