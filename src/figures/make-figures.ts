// Makes figures, and writes them with their page: those of an experiment from what its stages have published, those that
// stand by themselves from data of their own. Nothing is trained for an experiment here.
import path from 'node:path';
import { resultsFolderOf } from '../results/results-folder.ts';
import { InvariantError, UserError } from '../errors.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { ancestorsOf } from '../plan/select.ts';
import { figureLabel, type Figure } from '../report/figure.ts';
import type { FigureSet } from '../report/pages/figures-html.ts';
import { writeFigures } from '../report/write-figures.ts';
import { chosenModels } from '../runner/chosen-models.ts';
import { portableEngine } from '../runner/portable.ts';
import { preparePlan } from '../runner/prepare-plan.ts';
import type { RunExperimentOptions } from '../runner/run-experiment.ts';
import { runOnTrained } from '../runner/run-on-trained.ts';
import { sdxVersion } from '../runner/sdx-version.ts';
import { whileUsing } from '../runner/while-using.ts';
import type { StageKind } from '../stages/catalog.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import type { StoredArtifact } from '../store/store.ts';
import type {
  Asked,
  ExperimentFigure,
  FiguresExperiment,
  LoneFigure,
  LoneWork,
  Measured,
} from './figure-spec.ts';
import { probeOf } from './measurements.ts';

export interface FiguresMade {
  readonly figures: readonly Figure[];
  /** Absolute. */
  readonly folder: string;
  /** Names in it, sorted. */
  readonly files: readonly string[];
}

/** Name of the folder of figures in results. */
const folderName = 'figures';

export interface LoneFiguresOptions extends LoneWork {
  readonly figures: readonly LoneFigure[];
  readonly resultsDir: string;
}

/** Figures that need no experiment, in `<results>/figures`; made small, in `figures-smoke`. */
export async function makeLoneFigures(options: LoneFiguresOptions): Promise<FiguresMade> {
  const figures: Figure[] = [];
  for (const spec of options.figures) figures.push(await spec.make(options));
  const engine = portableEngine((await options.engine()).describe());
  const folder = `${folderName}${options.smoke ? '-smoke' : ''}`;
  return write(path.resolve(options.resultsDir, folder), {
    sdxVersion: sdxVersion(),
    provenance: [['sdx', sdxVersion()], ...Object.entries(engine)],
    figures,
    missing: [],
  });
}

export interface ExperimentFiguresOptions extends Omit<
  RunExperimentOptions,
  'config' | 'file' | 'configDigest' | 'team'
> {
  readonly config: FiguresExperiment;
  readonly figures: readonly ExperimentFigure[];
  /** Whether the user has named them: what cannot be made is then an error. */
  readonly named: boolean;
  /** `teacher`, or names of students; none: all models. */
  readonly models: readonly string[];
  /** How the user calls the experiment, for hints. */
  readonly experiment: string;
}

/**
 * Figures of an experiment's models, in `<results>/<experiment>/figures`. Throws UserError('usage') for models that the
 * experiment does not have and named figures that it cannot have, UserError('input') for models that are not trained, and
 * as runPlan does.
 */
export async function makeExperimentFigures(options: ExperimentFiguresOptions): Promise<FiguresMade> {
  const { config, store, stages, signal } = options;
  const asked: Asked = { config, models: chosenModels(config, options.models) };
  const { specs, missing } = possible(options, asked);
  const measurements = new Set(specs.flatMap(({ measures = [] }) => measures));
  const probes = [...measurements].map((measurement) => probeOf(measurement, asked));
  const plan = await preparePlan({ config, store, stages, signal, probes });
  const kinds = new Set<StageKind>(specs.flatMap(({ reads }) => reads));
  const read = plan.nodes.filter((node) => kinds.has(node.kind) && isAsked(node, asked));
  const inner = ancestorsOf(plan, read);
  const outer = read.filter((node) => !inner.includes(node));
  const { figures, provenance } = await whileUsing({ ...options, plan }, async () => {
    const made = await runOnTrained({
      ...options,
      plan,
      nodes: outer,
      name: `${config.name}-figures`,
      hint: `run \`sdx run ${options.experiment}\` first, with the same changes and store, or name only models that are trained`,
    });
    const artifacts = new Map(outer.map(({ id }, i) => [id, made[i]!]));
    for (const { id, key } of inner) artifacts.set(id, await stored(options, key));
    const measured = { ...measuredOf(asked, plan, artifacts), engine: options.engine, signal };
    const drawn: Figure[] = [];
    for (const spec of specs) drawn.push(await spec.make(measured));
    return { figures: drawn, provenance: provenanceOf(read, artifacts) };
  });
  return write(path.join(resultsFolderOf(options), folderName), {
    experiment: config.name,
    sdxVersion: sdxVersion(),
    provenance,
    figures,
    missing,
  });
}

/** Figures that the experiment can have; the others with the reason. */
function possible(
  { figures, named }: ExperimentFiguresOptions,
  asked: Asked,
): { readonly specs: readonly ExperimentFigure[]; readonly missing: FigureSet['missing'] } {
  const lacking = figures.flatMap(({ id, lacks }) => {
    const why = lacks?.(asked);
    return why === undefined ? [] : [{ id, why }];
  });
  const [first] = lacking;
  if (named && first !== undefined)
    throw new UserError('usage', `${figureLabel(first.id)} cannot be made: ${first.why}`, {
      hint: 'leave it out of --only; without --only, the figures that the experiment can have are made',
    });
  return {
    specs: figures.filter(({ id }) => !lacking.some((other) => other.id === id)),
    missing: lacking,
  };
}

/** Whether a node belongs to one of the models asked for, or to all. */
function isAsked({ model, name, kind }: PlanNode, { config, models }: Asked): boolean {
  const owner = model ?? (name in config.students || name === 'teacher' ? name : undefined);
  return owner === undefined || kind === name || models.includes(owner);
}

async function stored({ store }: ExperimentFiguresOptions, key: string): Promise<StoredArtifact> {
  const artifact = await store.find(key);
  if (artifact === undefined) throw new InvariantError(`the artifact ${key} was there and is gone`);
  return artifact;
}

function measuredOf(
  asked: Asked,
  plan: Plan,
  artifacts: ReadonlyMap<string, StoredArtifact>,
): Omit<Measured, 'engine' | 'signal'> {
  return {
    ...asked,
    plan,
    published: (description, name) => {
      const node = plan.nodes.find((one) => one.kind === description.kind && one.name === name);
      const artifact = node && artifacts.get(node.id);
      if (node === undefined || artifact === undefined)
        throw new InvariantError(`no figure reads ${description.kind} ${name}`);
      return { node, dir: artifact.dir, summary: summaryOf(description, artifact) };
    },
  };
}

/** The engine, and the keys of what was read. */
function provenanceOf(
  read: readonly PlanNode[],
  artifacts: ReadonlyMap<string, StoredArtifact>,
): FigureSet['provenance'] {
  const engine = read
    .map(({ id }) => artifacts.get(id)?.manifest.engine)
    .findLast((one) => one !== undefined);
  return [
    ['sdx', sdxVersion()],
    ...Object.entries(portableEngine(engine ?? {})),
    ...read.map(({ id, key }) => [id, key] as const),
  ];
}

async function write(folder: string, set: FigureSet): Promise<FiguresMade> {
  const files = await withDiskErrors(folder, () => writeFigures(folder, set));
  return { figures: set.figures, folder, files };
}
