// Checks of divided data sets: shares and numbers that leave something for each part that is used.
import { splitProblem, type Part, type SplitConfig } from '../datasets/parts.ts';
import { issueAt, type Issue, type Path } from './problem.ts';
import type { Experiment } from './types.generated.ts';

export function wrongSplits({ dataset, evaluate }: Experiment): Issue[] {
  const judged = evaluate.dataset;
  return [
    ...wrongSplit(dataset, ['dataset', 'split']),
    ...(judged === undefined ? [] : wrongSplit(judged, ['evaluate', 'dataset', 'split'])),
  ];
}

function wrongSplit(dataset: Experiment['dataset'], path: Path): Issue[] {
  const { split } = dataset;
  if (split === undefined) return [];
  const issues = (['heldOut', 'validation'] as const)
    .filter((key) => split[key] >= 1 && !Number.isInteger(split[key]))
    .map((key) =>
      issueAt([...path, key], `: ${split[key]} is neither a share below 1 nor a number of images`),
    );
  const problem = 'count' in dataset ? splitProblem(split, dataset.count) : overfull(split);
  return issues.length > 0 || problem === undefined ? issues : [issueAt(path, `: ${problem}`)];
}

/** Shares that leave nothing to train on, whatever the number of images. */
function overfull({ heldOut, validation }: SplitConfig): string | undefined {
  return heldOut < 1 && validation < 1 && heldOut + validation >= 1
    ? `${heldOut} and ${validation} leave nothing to train on`
    : undefined;
}

/** Parts that are named where the data set is not divided, or has no image in them. */
export function missingParts({ dataset, evaluate, analyze }: Experiment): Issue[] {
  const judged = evaluate.dataset ?? dataset;
  return [
    ...missingPart(judged.split, evaluate.part, ['evaluate', 'part']),
    ...(analyze === undefined ? [] : missingPart(dataset.split, analyze.part, ['analyze', 'part'])),
  ];
}

function missingPart(split: SplitConfig | undefined, part: Part, path: Path): Issue[] {
  if (part === 'held-out') return [];
  if (split === undefined) return [issueAt(path, `: the data set is not divided; set its \`split\``)];
  return part === 'validation' && split.validation === 0
    ? [issueAt(path, ': no image is kept for validation; set `split.validation`')]
    : [];
}
