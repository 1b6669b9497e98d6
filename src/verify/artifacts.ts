// The artifacts that results stand on: in the store, unchanged, and telling the numbers that the manifest tells.
import { isDeepStrictEqual } from 'node:util';
import type { Store, StoredArtifact } from '../store/store.ts';
import { InterruptedError } from '../errors.ts';
import type { ModelResult } from '../results/manifest.ts';
import { stageId, type Mismatch, type Subject } from './subject.ts';

export interface ArtifactsChecked {
  /** By key; those that are there. */
  readonly artifacts: ReadonlyMap<string, StoredArtifact>;
  readonly mismatches: readonly Mismatch[];
}

/** Looks up every artifact once and compares its files with their checksums. */
export async function checkArtifacts(
  subjects: readonly Subject[],
  store: Store,
  signal: AbortSignal,
): Promise<ArtifactsChecked> {
  const artifacts = new Map<string, StoredArtifact>();
  const mismatches: Mismatch[] = [];
  const stages = new Map(subjects.flatMap((subject) => subject.stages.map((stage) => [stage.key, stage])));
  for (const [key, stage] of stages) {
    if (signal.aborted) throw new InterruptedError();
    const what = `artifact ${key.slice(0, 12)} (${stageId(stage)})`;
    const found = await store.examine(key, signal);
    if (found === undefined) mismatches.push({ what, problem: 'is not in the store' });
    if (found?.artifact !== undefined) artifacts.set(key, found.artifact);
    for (const { file, problem } of found?.damages ?? [])
      mismatches.push({ what, problem: `${file} is ${problem}` });
  }
  return { artifacts, mismatches };
}

/** What of a model's result comes from which stage's summary. */
type Source = (summary: Readonly<Record<string, unknown>>) => Partial<Record<keyof ModelResult, unknown>>;

const weights: Source = ({ params, macs, attentionMacs, steps, finalLoss, curve }) => ({
  params,
  macs,
  attentionMacs,
  steps,
  finalLoss,
  curve,
});

const scores: Source = ({ card, fid, metrics, spectrum }) => {
  const named = Object.entries((metrics ?? {}) as Readonly<Record<string, number>>);
  return {
    fid: fid === undefined ? undefined : { value: fid, card },
    metrics:
      named.length === 0
        ? undefined
        : Object.fromEntries(named.map(([name, value]) => [name, { value, card }])),
    spectrum,
  };
};

const sources: Readonly<Record<string, Source>> = { teacher: weights, distill: weights, evaluate: scores };

/** Compares the numbers of every model with the summaries of the artifacts they were taken from. */
export function checkNumbers(
  subjects: readonly Subject[],
  artifacts: ReadonlyMap<string, StoredArtifact>,
): { readonly count: number; readonly mismatches: readonly Mismatch[] } {
  const mismatches: Mismatch[] = [];
  let count = 0;
  for (const { label, stages, models } of subjects)
    for (const model of models)
      for (const stage of stages) {
        const source = stage.name === model.name ? sources[stage.kind] : undefined;
        const artifact = artifacts.get(stage.key);
        if (source === undefined || artifact === undefined) continue;
        for (const [name, value] of Object.entries(source(artifact.summary))) {
          count += 1;
          const told = model[name as keyof ModelResult];
          if (!isDeepStrictEqual(told, value))
            mismatches.push({
              what: `${label} ${model.name}`,
              problem: `${name} is ${brief(told)} in the manifest and ${brief(value)} in ${stageId(stage)}`,
            });
        }
      }
  return { count, mismatches };
}

function brief(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
