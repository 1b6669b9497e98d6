// Gathers what the stages of a run published into one manifest for the report. Models whose stages failed are in it,
// marked; their costs are known from their networks alone.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StoredArtifact } from '../store/store.ts';
import { methodOf, studentMethods } from '../config/student-methods.ts';
import type { Experiment } from '../config/types.generated.ts';
import { InvariantError } from '../errors.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { ReportImages } from '../report/pages/html-sections.ts';
import { labelsOf } from '../results/labels.ts';
import type { ModelResult, ResultsManifest } from '../results/manifest.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { catalog, type StageKind } from '../stages/catalog.ts';
import type { ResultPart } from '../stages/describing/description.ts';
import { resultPart, summaryOf } from '../stages/describing/read-summary.ts';
import { unetCost } from '../stages/networks/traced-cost.ts';
import { variantsOf } from '../stages/kinds/distill/describe.ts';
import { resultOfModel } from '../stages/training/summary.ts';
import type { NodeOutcome, RunOutcome } from './run-plan.ts';
import type { Timings } from '../results/timings.ts';
import { ldmDeviations } from '../datasets/ldm-training.ts';
import { tellDeviations } from './told-deviations.ts';
import { portableConfig, portableEngine } from './portable.ts';
import { sdxVersion } from './sdx-version.ts';

export interface CollectOptions {
  readonly config: Experiment;
  /** The experiment's YAML file, absolute. */
  readonly file: string;
  readonly configDigest: string;
  readonly variant?: string | undefined;
  readonly plan: Plan;
  readonly outcome: RunOutcome;
}

export interface Collected {
  readonly manifest: ResultsManifest;
  /** PNG bytes by file name. */
  readonly images: ReportImages;
  readonly timings: Timings;
}

/** Manifest and images of a run whose shared stages are done. Throws the system's error for unreadable images. */
export async function collectResults(options: CollectOptions): Promise<Collected> {
  const { config, plan, outcome } = options;
  const images: Record<string, Uint8Array> = {};
  const keepGrid = async (
    name: string,
    artifact: StoredArtifact,
    grid: string,
  ): Promise<{ grid: string }> => {
    images[name] = await readFile(path.join(artifact.dir, grid));
    return { grid: name };
  };

  const artifactOf = (id: string): StoredArtifact => {
    const artifact = published(outcome.nodes[id]);
    if (artifact === undefined) throw new InvariantError(`no results without ${id}`);
    return artifact;
  };
  const datasetArtifact = artifactOf('dataset');
  const dataset = summaryOf(catalog.dataset, datasetArtifact);
  const latents = summaryOf(catalog.latents, artifactOf('latents'));
  const reference = summaryOf(catalog.reference, artifactOf('reference'));
  const autoencoderArtifact = published(outcome.nodes['autoencoder']);
  const autoencoder = autoencoderArtifact && summaryOf(catalog.autoencoder, autoencoderArtifact);

  const floorArtifact = published(outcome.nodes['floor']);
  const floors = floorArtifact && summaryOf(catalog.floor, floorArtifact).floors;

  const engine = engineOf(plan, outcome);
  const models: ModelResult[] = [];
  const samplesPerSecond: Record<string, number> = {};
  for (const node of plan.nodes) {
    if (!isModel(node)) continue;
    const sample = published(outcome.nodes[`sample:${node.name}`]);
    const { grid, samplesPerSecond: speed } = sample ? summaryOf(catalog.sample, sample) : {};
    if (speed !== undefined) samplesPerSecond[node.name] = speed;
    const files = sample && grid ? await keepGrid(`samples-${node.name}.png`, sample, grid) : undefined;
    models.push(modelResult(node, options, files));
  }

  const { corrupt, grid: datasetGrid, kind, count, size, digest, preprocessing, classes, credits } = dataset;
  const manifest: ResultsManifest = {
    schemaVersion: 1,
    experiment: config.name,
    ...(options.variant !== undefined && { variant: options.variant }),
    description: config.description,
    ...labelsOf(config),
    configDigest: options.configDigest,
    config: portableConfig(config, path.dirname(options.file)),
    seed: config.seed,
    sdxVersion: sdxVersion(),
    engine: portableEngine(engine),
    stages: plan.nodes.map((node) => ({ kind: node.kind, name: node.name, key: node.key })),
    dataset: {
      kind,
      count,
      size,
      digest,
      preprocessing,
      corrupt: corrupt.length,
      ...(classes === undefined ? {} : { classes }),
      ...(credits === undefined ? {} : { credits }),
      radial: reference.radial,
      files: await keepGrid('dataset.png', datasetArtifact, datasetGrid),
    },
    ...(autoencoderArtifact && autoencoder
      ? {
          autoencoder: {
            name: 'AutoencoderKL',
            params: autoencoder.params,
            latentShape: latents.latentShape,
            source: autoencoder.source,
            ...(autoencoder.reconstructionError !== undefined && {
              reconstructionError: autoencoder.reconstructionError,
            }),
            curve: autoencoder.curve,
            ...(autoencoder.grid !== undefined && {
              files: await keepGrid('autoencoder.png', autoencoderArtifact, autoencoder.grid),
            }),
          },
        }
      : {}),
    models,
    ...(floors === undefined ? {} : { floors }),
    ...(config.paper === undefined ? {} : { paper: { dataset: config.paper } }),
  };
  return { manifest, images, timings: { engine, samplesPerSecond } };
}

type ModelNode = PlanNode<'teacher'> | PlanNode<'distill'>;

/** Whether the stage makes the weights of a model that the table has. */
function isModel(node: PlanNode): node is ModelNode {
  const { makes } = catalog[node.kind];
  return makes === 'teacher' || makes === 'student';
}

/** One row of the table; `node` is the one that makes the model's weights. */
function modelResult(
  node: ModelNode,
  { config, plan, outcome: { nodes } }: CollectOptions,
  files: { readonly grid: string } | undefined,
): ModelResult {
  const own = plan.nodes.filter(({ model }) => model === node.name);
  const unet = 'student' in node.params ? node.params.student.unet : node.params.unet;
  const weights = published(nodes[node.id]);
  const student = config.students[node.name];
  const method = student && methodOf(student);
  const variants = 'student' in node.params ? variantsOf(node.params) : [];
  const told = own
    .filter(({ id }) => id !== node.id)
    .map(({ id, kind }) => partOf(kind, published(nodes[id])));
  return {
    name: node.name,
    role: student === undefined ? 'teacher' : 'student',
    ...statusOf(
      own.map(({ id }) => id),
      nodes,
    ),
    ...(method !== undefined && method !== 'spectral' && { method: studentMethods[method].title }),
    waveletGating: unet.waveletGating,
    // The paper's losses: other methods have none of them, whatever terms they share.
    spatial: student?.spatial ?? false,
    freq: student?.freq ?? false,
    ...(variants.length > 0 && { variants }),
    modelChannels: unet.modelChannels,
    ...(weights ? resultOfModel(summaryOf(catalog[node.kind], weights)) : untrained(unet)),
    ...tellDeviations(
      told.reduce((all, part) => ({ ...all, ...part }), {}),
      ldmDeviations(config.dataset),
    ),
    ...(files ? { files } : {}),
  };
}

function partOf(kind: StageKind, artifact: StoredArtifact | undefined): ResultPart {
  return artifact === undefined ? {} : resultPart(catalog[kind], artifact);
}

/** What is known of a network without its weights. */
function untrained(
  unet: UNetConfig,
): Pick<ModelResult, 'params' | 'macs' | 'attentionMacs' | 'steps' | 'curve'> {
  const { params, macs, attentionMacs } = unetCost(unet);
  return { params, macs, attentionMacs, steps: 0, curve: [] };
}

/** The first of a model's nodes that did not end well decides. */
function statusOf(
  ids: readonly string[],
  nodes: RunOutcome['nodes'],
): Pick<ModelResult, 'status' | 'reason'> {
  for (const id of ids) {
    const outcome = nodes[id];
    if (outcome?.status === 'failed')
      return {
        status: 'failed',
        reason: outcome.error instanceof Error ? outcome.error.message : String(outcome.error),
      };
    if (outcome?.status === 'blocked')
      return { status: 'not-run', reason: `${id} needs ${outcome.by}, which failed` };
    if (outcome === undefined) return { status: 'not-run', reason: `${id} was not run` };
  }
  return { status: 'done' };
}

/** What ran the last stage that computed something. */
function engineOf({ nodes }: Plan, outcome: RunOutcome): Readonly<Record<string, string>> {
  const engines = nodes.map(({ id }) => published(outcome.nodes[id])?.manifest.engine);
  return engines.findLast((engine) => engine !== undefined) ?? {};
}

function published(outcome: NodeOutcome | undefined): StoredArtifact | undefined {
  return outcome !== undefined && 'artifact' in outcome ? outcome.artifact : undefined;
}
