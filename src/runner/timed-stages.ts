// The stages that a store has timed: those that are published, and how far those came that were stopped.
import type { EngineOptions } from '../engine/engine-options.ts';
import { estimatePlan, type EstimatedNode } from '../plan/estimate.ts';
import type { Stopped, Timed } from '../plan/stage-times.ts';
import { catalog, type StageKind } from '../stages/catalog.ts';
import type { CostModel } from '../stages/describing/estimate.ts';
import { newestPosition } from '../stages/training/checkpoint.ts';
import type { ArtifactManifest } from '../store/artifact-manifest.ts';
import { listStore } from '../store/inventory.ts';
import type { Store } from '../store/store.ts';

/**
 * Published stages that an engine like `engine` has computed, with as many threads where there are any such. Those are left
 * out whose data are gone from the store, and those of other versions.
 */
export async function timedStages(store: Store, engine: EngineOptions, costs: CostModel): Promise<Timed[]> {
  const manifests = new Map<string, ArtifactManifest>();
  for (const { place, key, manifest } of await listStore(store.dir))
    if (place === 'artifacts' && manifest !== undefined) manifests.set(key, manifest);
  const computed = [...manifests.values()].filter(
    ({ engine: facts }) =>
      facts?.['engine'] === engine.engine && (facts['executionProviders'] ?? 'cpu') === engine.device,
  );
  const threads = String(engine.threads);
  const alike = computed.filter(({ engine: facts }) => (facts?.['threads'] ?? threads) === threads);
  return (alike.length > 0 ? alike : computed).flatMap((manifest) => timed(manifest, manifests, costs));
}

function timed(
  { key, kind, seconds, summary }: ArtifactManifest,
  manifests: ReadonlyMap<string, ArtifactManifest>,
  costs: CostModel,
): Timed[] {
  const nodes = withInputs(key, manifests);
  const estimate = nodes && estimateOf(nodes, costs);
  return estimate === undefined ? [] : [{ kind, estimate, seconds: secondsOfAllRuns({ seconds, summary }) }];
}

/** Seconds that a published stage took: a training counts those of its interrupted runs, too. */
export function secondsOfAllRuns({
  seconds,
  summary,
}: Pick<ArtifactManifest, 'seconds' | 'summary'>): number {
  const ofAll = summary['seconds'];
  return typeof ofAll === 'number' ? ofAll : seconds;
}

interface Stored extends EstimatedNode {
  readonly images: number | undefined;
}

/** The artifact and all that it was made from, inputs first; undefined where not all is there, or not of this version. */
function withInputs(key: string, manifests: ReadonlyMap<string, ArtifactManifest>): Stored[] | undefined {
  const found = new Map<string, Stored>();
  const add = (one: string): boolean => {
    const manifest = manifests.get(one);
    if (manifest === undefined || !isKind(manifest.kind)) return false;
    if (found.has(one)) return true;
    const { kind, params, inputs, stageVersion, summary } = manifest;
    if (catalog[kind].version !== stageVersion || !Object.values(inputs).every(add)) return false;
    const count = summary['count'];
    // The stage has written its own parameters there.
    found.set(one, {
      ...{ id: one, kind, inputs, params: params as EstimatedNode['params'] },
      images: kind === catalog.dataset.kind && typeof count === 'number' ? count : undefined,
    });
    return true;
  };
  return add(key) ? [...found.values()] : undefined;
}

function estimateOf(nodes: readonly Stored[], costs: CostModel): Timed['estimate'] | undefined {
  try {
    const images = Object.fromEntries(nodes.map((node) => [node.id, node.images]));
    return estimatePlan({ nodes }, { costs, images }).at(-1);
  } catch {
    return undefined; // parameters of an earlier sdx may lack what an estimate asks for
  }
}

function isKind(kind: string): kind is StageKind {
  return Object.hasOwn(catalog, kind);
}

/** How far the training of `steps` steps came whose key this is; undefined where it has not begun. */
export async function stoppedTraining(
  store: Store,
  key: string,
  steps: number,
): Promise<Stopped | undefined> {
  const position = await newestPosition(store.workFolder(key));
  if (typeof position !== 'object' || position === null) return undefined;
  const { step, seconds } = position as { readonly step?: unknown; readonly seconds?: unknown };
  return typeof step === 'number' && typeof seconds === 'number' && step <= steps
    ? { fraction: step / steps, seconds }
    : undefined;
}
