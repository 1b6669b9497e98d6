// Gathers what the stages of a run published into one manifest for the report. Models whose stages failed are in it,
// marked; their costs are known from their networks alone.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StoredArtifact } from '../store/store.ts';
import type { Experiment } from '../config/types.generated.ts';
import { InvariantError } from '../errors.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { DistillParams, TeacherParams } from '../plan/stage-params.ts';
import type { ReportImages } from '../report/pages/html-sections.ts';
import type { Metric, ModelResult, ResultsManifest } from '../results/manifest.ts';
import { unetCost } from '../stages/networks/network-cost.ts';
import type {
  AutoencoderSummary,
  DatasetSummary,
  EvaluateSummary,
  LatentsSummary,
  ModelSummary,
  ReferenceSummary,
  SampleSummary,
} from '../stages/summaries.ts';
import type { NodeOutcome, RunOutcome } from './run-plan.ts';
import type { Timings } from '../results/timings.ts';
import { portableConfig, portableEngine } from './portable.ts';
import { sdxVersion } from './sdx-version.ts';

export interface CollectOptions {
  readonly config: Experiment;
  /** The experiment's YAML file, absolute. */
  readonly file: string;
  readonly configDigest: string;
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
  const dataset = summaryOf('dataset', datasetArtifact);
  const latents = summaryOf('latents', artifactOf('latents'));
  const reference = summaryOf('reference', artifactOf('reference'));
  const autoencoderArtifact = published(outcome.nodes['autoencoder']);
  const autoencoder = autoencoderArtifact && summaryOf('autoencoder', autoencoderArtifact);

  const engine = engineOf(plan, outcome);
  const models: ModelResult[] = [];
  const samplesPerSecond: Record<string, number> = {};
  for (const node of plan.nodes) {
    if (node.kind !== 'teacher' && node.kind !== 'distill') continue;
    const model = node.model!;
    const sample = published(outcome.nodes[`sample:${model}`]);
    const { grid, samplesPerSecond: speed } = sample ? summaryOf('sample', sample) : {};
    if (speed !== undefined) samplesPerSecond[model] = speed;
    const files = sample && grid ? await keepGrid(`samples-${model}.png`, sample, grid) : undefined;
    models.push(modelResult(node, outcome, files));
  }

  const { corrupt, grid: datasetGrid, kind, count, size, digest, preprocessing, classes, credits } = dataset;
  const manifest: ResultsManifest = {
    schemaVersion: 1,
    experiment: config.name,
    description: config.description,
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
            reconstructionError: autoencoder.reconstructionError,
            curve: autoencoder.curve,
            files: await keepGrid('autoencoder.png', autoencoderArtifact, autoencoder.grid),
          },
        }
      : {}),
    models,
    ...(config.paper === undefined ? {} : { paper: { dataset: config.paper } }),
  };
  return { manifest, images, timings: { engine, samplesPerSecond } };
}

/** One row of the table; `node` is the one that makes the model's weights. */
function modelResult(
  node: PlanNode,
  { nodes }: RunOutcome,
  files: { readonly grid: string } | undefined,
): ModelResult {
  const model = node.model!;
  const weights = published(nodes[node.id]);
  const scores = published(nodes[`evaluate:${model}`]);
  const toggles = node.kind === 'distill' ? (node.params as DistillParams).student : undefined;
  const unet = toggles?.unet ?? (node.params as TeacherParams).unet;
  const trained = weights && summaryOf('model', weights);
  const { params, macs, attentionMacs } = trained ?? unetCost(unet);
  return {
    name: model,
    role: node.kind === 'teacher' ? 'teacher' : 'student',
    ...statusOf([node.id, `sample:${model}`, `evaluate:${model}`], nodes),
    waveletGating: unet.waveletGating,
    spatial: toggles?.spatial ?? false,
    freq: toggles?.freq ?? false,
    modelChannels: unet.modelChannels,
    params,
    macs,
    attentionMacs,
    steps: trained?.steps ?? 0,
    ...(trained?.finalLoss === undefined ? {} : { finalLoss: trained.finalLoss }),
    curve: trained?.curve ?? [],
    ...(scores ? scoresOf(summaryOf('evaluate', scores)) : {}),
    ...(files ? { files } : {}),
  };
}

function scoresOf({
  card,
  fid,
  metrics,
  spectrum,
}: EvaluateSummary): Pick<ModelResult, 'fid' | 'metrics' | 'spectrum'> {
  const named = Object.entries(metrics).map(([name, value]): [string, Metric] => [name, { value, card }]);
  return {
    ...(fid === undefined ? {} : { fid: { value: fid, card } }),
    ...(named.length > 0 ? { metrics: Object.fromEntries(named) } : {}),
    ...(spectrum ? { spectrum } : {}),
  };
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

/** What the kinds of stages tell (stages/summaries.ts); teacher and students alike are a `model`. */
interface Summaries {
  readonly dataset: DatasetSummary;
  readonly autoencoder: AutoencoderSummary;
  readonly latents: LatentsSummary;
  readonly reference: ReferenceSummary;
  readonly model: ModelSummary;
  readonly sample: SampleSummary;
  readonly evaluate: EvaluateSummary;
}

/** An artifact's summary as the type that its stage wrote it with. */
function summaryOf<K extends keyof Summaries>(_: K, artifact: StoredArtifact): Summaries[K] {
  return artifact.summary as unknown as Summaries[K];
}
