// The artifacts that results stand on: in the store, unchanged, and telling the numbers that the manifest tells.
import { isDeepStrictEqual } from 'node:util';
import { nodeId } from '../plan/plan.ts';
import type { Store, StoredArtifact } from '../store/store.ts';
import { InterruptedError } from '../errors.ts';
import { catalog, isStageKind } from '../stages/catalog.ts';
import { toldNames, type ResultPart } from '../stages/describing/description.ts';
import { resultPart, summaryOf } from '../stages/describing/read-summary.ts';
import { type Mismatch, type StageRef, type Subject } from './subject.ts';

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
    const what = `artifact ${key.slice(0, 12)} (${nodeId(stage)})`;
    const found = await store.examine(key, signal);
    if (found === undefined) mismatches.push({ what, problem: 'is not in the store' });
    if (found?.artifact !== undefined) artifacts.set(key, found.artifact);
    for (const { file, problem } of found?.damages ?? [])
      mismatches.push({ what, problem: `${file} is ${problem}` });
  }
  return { artifacts, mismatches };
}

/**
 * Compares the numbers of every model, and the floors, with the summaries of the artifacts they were taken from. A number
 * that no stage of the model tells must not be there, once all its artifacts are.
 */
export function checkNumbers(
  subjects: readonly Subject[],
  artifacts: ReadonlyMap<string, StoredArtifact>,
): { readonly count: number; readonly mismatches: readonly Mismatch[] } {
  const mismatches: Mismatch[] = [];
  let count = 0;
  for (const { label, stages, models, floors } of subjects) {
    const floorStage = stages.find(({ kind }) => kind === catalog.floor.kind);
    const floorArtifact = floorStage && artifacts.get(floorStage.key);
    if (floorArtifact !== undefined) {
      count += 1;
      const found = summaryOf(catalog.floor, floorArtifact).floors;
      if (floors !== undefined && !isDeepStrictEqual(floors, found))
        mismatches.push({
          what: label,
          problem: `floors are ${brief(floors)} in the manifest and ${brief(found)} in floor`,
        });
    }
    for (const model of models) {
      const own = stages.filter(({ name }) => name === model.name);
      const told = new Map<string, { readonly value: unknown; readonly by: string }>();
      for (const stage of own)
        for (const [name, value] of Object.entries(toldBy(stage, artifacts.get(stage.key))))
          told.set(name, { value, by: nodeId(stage) });
      const complete = own.every(({ key }) => artifacts.has(key));
      for (const name of toldNames) {
        const source = told.get(name);
        if (source === undefined && !complete) continue;
        count += 1;
        if (!isDeepStrictEqual(model[name], source?.value))
          mismatches.push({
            what: `${label} ${model.name}`,
            problem:
              `${name} is ${brief(model[name])} in the manifest and ` +
              `${brief(source?.value)} in ${source?.by ?? 'its stages'}`,
          });
      }
    }
  }
  return { count, mismatches };
}

/** The part of a model's result that the stage's summary tells. */
function toldBy({ kind }: StageRef, artifact: StoredArtifact | undefined): ResultPart {
  return artifact !== undefined && isStageKind(kind) ? resultPart(catalog[kind], artifact) : {};
}

function brief(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
