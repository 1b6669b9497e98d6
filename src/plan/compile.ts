// Compiles an experiment to its plan: which stages there are, what each needs, and the key of each result. Pure:
// digests of data and files come in as an argument, and nothing is read or computed here.
import type { Experiment } from '../config/types.generated.ts';
import { networksOf, type Networks } from '../config/networks.ts';
import { InvariantError } from '../errors.ts';
import { stageSeed } from './catalog.ts';
import { paramsIdentity, type ContentDigests } from './identity.ts';
import { keyOf, type Identity, type Plan, type PlanNode } from './plan.ts';
import type { ConditioningParams, Distribution, StageKind, StageParams } from './stage-params.ts';

/** What a plan depends on besides the configuration. */
export interface Externals extends ContentDigests {
  readonly engine: { readonly name: string };
  /** `Stage.version` by kind. */
  readonly stageVersions: Readonly<Record<StageKind, number>>;
}

/** How a node differs from its kind's usual traits. */
interface NodeSpec<K extends StageKind> {
  readonly kind: K;
  readonly model?: string;
  /** Tells nodes of one kind apart that belong to no model. */
  readonly role?: string;
  readonly params: StageParams[K];
  /** Node ids by input name; an input that is undefined does not exist. */
  readonly inputs: Readonly<Record<string, string | undefined>>;
  /** Whether an engine runs it. Only what an engine runs or draws can depend on engine and seed. */
  readonly computes: boolean;
}

/** What is measured of trained models beside a run. */
export interface PlannedAnalysis {
  /** `teacher`, or names of students. */
  readonly models: ReadonlySet<string>;
  readonly analyze: NonNullable<Experiment['analyze']>;
}

/**
 * The plan of `config`. Nodes: dataset, autoencoder (unless `none`), latents, reference, teacher; for the teacher
 * and each student: distill (students), sample, evaluate, and, where `analysis` asks for it, analyze. `config` has
 * passed the checks of src/config: what they refuse is an InvariantError here.
 */
export function compilePlan(config: Experiment, externals: Externals, analysis?: PlannedAnalysis): Plan {
  const { diffusion, distill, sample } = config;
  const {
    autoencoder: network,
    latentShape,
    conditioner,
    teacher: teacherUnet,
    students,
  } = networksOf(config);
  const conditioning = conditioner && conditioningOf(config, conditioner);
  const conditioningPart = conditioning === undefined ? {} : { conditioning };
  const { extractor, metrics, referenceCount, referenceStats, batchSize } = config.evaluate;
  const { seed, studentSeed = seed } = config;
  const distribution: Distribution = config.distributed === 'none' ? {} : { distributed: config.distributed };
  const graph = new GraphBuilder({ shared: seed, students: studentSeed }, externals);

  const dataset = graph.add({
    kind: 'dataset',
    params: { dataset: config.dataset, use: 'training' },
    inputs: {},
    computes: false,
  });
  const judged =
    config.evaluate.dataset === undefined
      ? dataset
      : graph.add({
          kind: 'dataset',
          role: 'evaluation',
          params: { dataset: config.evaluate.dataset, use: 'evaluation' },
          inputs: {},
          computes: false,
        });
  // Captions to sample for come with the images to compare with; classes are those of training.
  const told = conditioning && (conditioning.network.kind === 'text' ? judged : dataset);
  const origin =
    config.autoencoder.kind === 'none'
      ? undefined
      : originOf('autoencoder', config.autoencoder, distribution);
  const autoencoder =
    origin &&
    network &&
    graph.add({
      kind: 'autoencoder',
      params: { network, ...origin },
      inputs: 'train' in origin ? { dataset } : {},
      computes: 'train' in origin,
    });
  const networkPart = network === undefined ? {} : { network };
  const latents = graph.add({
    kind: 'latents',
    params: {
      ...networkPart,
      ...scaleOf(config.autoencoder),
      latentShape,
      ...(config.autoencoder.kind === 'kl' &&
        config.autoencoder.latents === 'sampled' && { sampled: true as const }),
    },
    inputs: { dataset, autoencoder },
    computes: network !== undefined,
  });
  const reference = graph.add({
    kind: 'reference',
    params: {
      extractor,
      ...(referenceStats === undefined ? {} : { stats: referenceStats }),
      count: referenceCount,
      batchSize,
    },
    inputs: { dataset: judged },
    computes: true,
  });
  const teacherOrigin = originOf('teacher', config.teacher, distribution);
  const teacher = graph.add({
    kind: 'teacher',
    model: 'teacher',
    params: { unet: teacherUnet, ...conditioningPart, latentShape, diffusion, ...teacherOrigin },
    inputs: 'train' in teacherOrigin ? { latents, dataset: conditioning && dataset } : {},
    computes: 'train' in teacherOrigin,
  });

  const score = (model: string, weights: string, unet: typeof teacherUnet): void => {
    const samples = graph.add({
      kind: 'sample',
      model,
      params: { model, unet, ...conditioningPart, ...networkPart, latentShape, diffusion, sample },
      inputs: { model: weights, latents, autoencoder, dataset: told },
      computes: true,
    });
    graph.add({
      kind: 'evaluate',
      model,
      params: { model, extractor, metrics, batchSize },
      inputs: { sample: samples, reference },
      computes: true,
    });
    if (analysis?.models.has(model) === true)
      graph.add({
        kind: 'analyze',
        role: model, // not of the model's own seed: all models are shown the same noise
        params: {
          model,
          unet,
          ...conditioningPart,
          latentShape,
          diffusion,
          useEma: sample.useEma,
          analyze: analysis.analyze,
        },
        inputs: { model: weights, latents, dataset: conditioning && dataset },
        computes: true,
      });
  };

  score('teacher', teacher, teacherUnet);
  for (const [name, { spatial, freq }] of Object.entries(config.students)) {
    const unet = students[name];
    if (unet === undefined) throw new InvariantError(`student ${name} has no network`);
    if (name === 'teacher') throw new InvariantError('a student is called teacher');
    const copyEmbedder = config.conditioning.kind !== 'none' && config.conditioning.embedder === 'copy';
    const taught = spatial || freq;
    const weights = graph.add({
      kind: 'distill',
      model: name,
      params: {
        student: { name, unet, spatial, freq },
        ...conditioningPart,
        copyEmbedder,
        ...(taught ? { teacherUnet } : {}),
        distill: { ...distill, ...distribution },
        diffusion,
        latentShape,
      },
      inputs: {
        latents,
        teacher: taught || copyEmbedder ? teacher : undefined,
        dataset: conditioning && dataset,
      },
      computes: true,
    });
    score(name, weights, unet);
  }
  return { experiment: config.name, nodes: graph.nodes };
}

function conditioningOf(
  { conditioning }: Experiment,
  network: NonNullable<Networks['conditioner']>,
): ConditioningParams | undefined {
  if (conditioning.kind === 'none') return undefined;
  const { dropRate } = conditioning;
  return conditioning.kind === 'class'
    ? { network, dropRate }
    : { network, dropRate, textEncoder: conditioning.encoder };
}

/** Where the scale of the latents comes from; pixels have none. */
function scaleOf(
  autoencoder: Experiment['autoencoder'],
): Pick<StageParams['latents'], 'scaleFactor' | 'checkpoint'> {
  if (autoencoder.kind === 'none') return { scaleFactor: 1 };
  const { scaleFactor, checkpoint } = autoencoder;
  if (scaleFactor !== 'checkpoint') return { scaleFactor };
  if (checkpoint === undefined)
    throw new InvariantError(
      'autoencoder.scaleFactor is `checkpoint`, but there is no autoencoder.checkpoint',
    );
  return { scaleFactor, checkpoint };
}

/** Roots of all random numbers: of what all models share and the teacher, and of the students. */
interface Seeds {
  readonly shared: number;
  readonly students: number;
}

/** Nodes in the order they were added, which puts inputs first. */
class GraphBuilder {
  readonly nodes: PlanNode[] = [];
  readonly #seeds: Seeds;
  readonly #externals: Externals;

  constructor(seeds: Seeds, externals: Externals) {
    this.#seeds = seeds;
    this.#externals = externals;
  }

  /** Adds a node and returns its id. */
  add<K extends StageKind>({ kind, model, role, params, inputs, computes }: NodeSpec<K>): string {
    const name = role ?? (model === undefined || kind === 'teacher' ? kind : model);
    const given = Object.entries(inputs).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const root = model === undefined || model === 'teacher' ? this.#seeds.shared : this.#seeds.students;
    const seed = computes ? stageSeed(root, kind) : undefined;
    const identity: Identity = {
      kind,
      version: this.#externals.stageVersions[kind],
      ...(computes ? { engine: this.#externals.engine.name } : {}),
      ...(seed === undefined ? {} : { seed }),
      params: paramsIdentity(kind, params, this.#externals),
      inputs: Object.fromEntries(given.map(([input, id]) => [input, this.#keyOf(id)])),
    };
    const node: PlanNode = {
      id: name === kind ? kind : `${kind}:${name}`,
      kind,
      name,
      ...(model === undefined ? {} : { model }),
      params,
      inputs: Object.fromEntries(given),
      identity,
      key: keyOf(identity),
      seed: seed ?? 0,
    };
    this.nodes.push(node);
    return node.id;
  }

  #keyOf(id: string): string {
    const node = this.nodes.find((other) => other.id === id);
    if (node === undefined) throw new InvariantError(`plan: ${id} is used before it is added`);
    return node.key;
  }
}

/** Where weights come from: exactly one of `train` and `checkpoint`. */
function originOf<T, C>(
  what: string,
  { train, checkpoint }: { readonly train?: T; readonly checkpoint?: C },
  distribution: Distribution,
): { readonly train: T & Distribution } | { readonly checkpoint: C } {
  if (train !== undefined && checkpoint === undefined) return { train: { ...train, ...distribution } };
  if (checkpoint !== undefined && train === undefined) return { checkpoint };
  throw new InvariantError(`${what}: exactly one of \`train\` and \`checkpoint\` must be given`);
}
