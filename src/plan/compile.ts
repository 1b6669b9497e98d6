// Compiles an experiment to its plan: which stages there are, what each needs, and the key of each result. Pure:
// digests of data and files come in as an argument, and nothing is read or computed here.
import type { Experiment } from '../config/types.generated.ts';
import { networksOf, type Networks } from '../config/networks.ts';
import { quantizationOf, samplingOf } from '../config/sampling.ts';
import { InvariantError } from '../errors.ts';
import { toJson } from '../files/canonical-json.ts';
import { catalog, stageSeed, type StageKind, type StageParams } from '../stages/catalog.ts';
import type { AnyDescription } from '../stages/describing/description.ts';
import type { ContentDigests } from '../stages/describing/identity.ts';
import { asksTeacher } from '../stages/kinds/distill/describe.ts';
import { recipeOf } from '../stages/kinds/distill/recipes.ts';
import type { ConditioningParams, Distribution } from '../stages/params.ts';
import { keyOf, nodeId, type Identity, type Plan, type PlanNode } from './plan.ts';
import type { NodeSpec } from './node-spec.ts';
import type { Probe, TrainedModel } from './probes.ts';

/** What a plan depends on besides the configuration. */
export interface Externals extends ContentDigests {
  readonly engine: { readonly name: string };
  /** `Stage.version` by kind. */
  readonly stageVersions: Readonly<Record<StageKind, number>>;
}

/**
 * The plan of `config`. Nodes: dataset, autoencoder (unless `none`), latents, reference, floor (where asked for),
 * teacher; for the teacher and each student: distill (students), sample, evaluate, and what the probes ask for. `config`
 * has passed the checks of src/config: what they refuse is an InvariantError here.
 */
export function compilePlan(config: Experiment, externals: Externals, probes: readonly Probe[] = []): Plan {
  const { diffusion, distill } = config;
  const {
    autoencoder: network,
    latentShape,
    conditioner,
    teacher: teacherUnet,
    students,
  } = networksOf(config);
  const conditioning = conditioner && conditioningOf(config, conditioner);
  const conditioningPart = conditioning === undefined ? {} : { conditioning };
  const { extractor, metrics, part, referenceCount, referenceStats, batchSize } = config.evaluate;
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
          name: 'evaluation',
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
      ...(config.dataset.flip === true && { mirrored: true as const }),
    },
    inputs: { dataset, autoencoder },
    computes: network !== undefined,
  });
  const real = { part, count: referenceCount };
  const reference = graph.add({
    kind: 'reference',
    params: {
      extractor,
      ...(referenceStats === undefined ? {} : { stats: referenceStats }),
      ...real,
      images: referenceImages(config),
      batchSize,
    },
    inputs: { dataset: judged },
    computes: true,
  });
  // Features of the training images, for tests for copies.
  const training = metrics.includes('memorisation')
    ? graph.add({
        kind: 'reference',
        name: 'training',
        params: { extractor, part: 'train', images: 'training', count: 0, batchSize },
        inputs: { dataset },
        computes: true,
      })
    : undefined;
  if (config.evaluate.floors)
    graph.add({
      kind: 'floor',
      params: {
        extractor,
        metrics: metrics.filter((metric) => metric !== 'memorisation'), // real images are no copies
        real,
        count: config.sample.count,
        ...networkPart,
        batchSize,
      },
      inputs: { dataset: judged, reference, autoencoder },
      computes: true,
    });
  const teacherOrigin = originOf('teacher', config.teacher, distribution);
  const teacher = graph.add({
    kind: 'teacher',
    params: { unet: teacherUnet, ...conditioningPart, latentShape, diffusion, ...teacherOrigin },
    inputs: 'train' in teacherOrigin ? { latents, dataset: conditioning && dataset } : {},
    computes: 'train' in teacherOrigin,
  });

  const score = (model: string, weights: string, unet: typeof teacherUnet): void => {
    const sample = samplingOf(config, model);
    const captions = conditioning?.network.kind === 'text' && part !== 'held-out' ? { captionsOf: part } : {};
    const asked = quantizationOf(sample);
    const quantized =
      asked &&
      graph.add({
        kind: 'quantize',
        name: model,
        params: {
          ...{ model, unet, ...conditioningPart, latentShape, diffusion, ...captions },
          sample: { ...sample, count: asked.images },
          maxError: asked.maxError,
        },
        inputs: { model: weights, dataset: told },
        computes: true,
      });
    const sampling: TrainedModel['samples'] = {
      params: {
        ...{ model, unet, ...conditioningPart, ...networkPart, latentShape, diffusion, sample },
        ...captions,
      },
      inputs: { model: weights, latents, autoencoder, dataset: told, quantized },
    };
    const samples = graph.add({ kind: 'sample', name: model, ...sampling, computes: true });
    graph.add({
      kind: 'evaluate',
      name: model,
      params: { model, extractor, metrics, real, batchSize },
      inputs: {
        sample: samples,
        reference,
        dataset: metrics.includes('paper-spectrum') ? judged : undefined,
        training,
      },
      computes: true,
    });
    const trained: TrainedModel = {
      name: model,
      parts: { model, unet, ...conditioningPart, latentShape, diffusion, useEma: sample.useEma },
      inputs: { model: weights, latents, dataset: conditioning && dataset },
      samples: sampling,
      real: { ...real, dataset: judged },
    };
    for (const probe of probes) for (const node of probe(trained)) graph.add(node);
  };

  score('teacher', teacher, teacherUnet);
  for (const [name, student] of Object.entries(config.students)) {
    const unet = students[name];
    if (unet === undefined) throw new InvariantError(`student ${name} has no network`);
    if (name === 'teacher') throw new InvariantError('a student is called teacher');
    const copyEmbedder = config.conditioning.kind !== 'none' && config.conditioning.embedder === 'copy';
    const recipe = recipeOf(student, unet);
    const trained = { name, unet, ...recipe.student };
    const settings = { ...distill, ...recipe.settings };
    const taught = asksTeacher(trained, settings);
    const weights = graph.add({
      kind: 'distill',
      name,
      params: {
        student: trained,
        ...conditioningPart,
        copyEmbedder,
        ...(taught ? { teacherUnet } : {}),
        distill: { ...settings, ...distribution },
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

function referenceImages({ dataset, evaluate }: Experiment): StageParams['reference']['images'] {
  if (evaluate.dataset !== undefined) return 'evaluation';
  return dataset.split === undefined || evaluate.part === 'train' ? 'training' : evaluate.part;
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
  add<K extends StageKind>({ kind, name = kind, params, inputs, computes }: NodeSpec<K>): string {
    const description: AnyDescription = catalog[kind];
    const given = Object.entries(inputs).filter((entry): entry is [string, string] => entry[1] !== undefined);
    this.#checkInputs(description, Object.fromEntries(given));
    const isModels = description.scope === 'model';
    const root = isModels && name !== 'teacher' ? this.#seeds.students : this.#seeds.shared;
    const seed = computes ? stageSeed(root, kind) : undefined;
    const identity: Identity = {
      kind,
      version: this.#externals.stageVersions[kind],
      ...(computes ? { engine: this.#externals.engine.name } : {}),
      ...(seed === undefined ? {} : { seed }),
      // A kind of stage takes the parameters of its kind.
      params: toJson(description.identity(params as never, this.#externals)),
      inputs: Object.fromEntries(given.map(([input, id]) => [input, this.#nodeOf(id).key])),
    };
    const node: PlanNode = {
      id: nodeId({ kind, name }),
      kind,
      name,
      ...(isModels && { model: name }),
      params,
      inputs: Object.fromEntries(given),
      identity,
      key: keyOf(identity),
      seed: seed ?? 0,
    };
    this.nodes.push(node);
    return node.id;
  }

  /** Holds the inputs against those that the kind of stage declares. */
  #checkInputs({ kind, inputs: slots }: AnyDescription, given: Readonly<Record<string, string>>): void {
    for (const [input, { from, optional }] of Object.entries(slots)) {
      const id = given[input];
      if (id === undefined && !optional) throw new InvariantError(`plan: ${kind} lacks its input ${input}`);
      if (id !== undefined && !from.some((one) => one.kind === this.#nodeOf(id).kind))
        throw new InvariantError(`plan: ${kind} cannot take ${id} as ${input}`);
    }
    const undeclared = Object.keys(given).find((input) => !(input in slots));
    if (undeclared !== undefined)
      throw new InvariantError(`plan: ${kind} does not declare its input ${undeclared}`);
  }

  #nodeOf(id: string): PlanNode {
    const node = this.nodes.find((other) => other.id === id);
    if (node === undefined) throw new InvariantError(`plan: ${id} is used before it is added`);
    return node;
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
