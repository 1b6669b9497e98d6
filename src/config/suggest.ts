// "Did you mean": the closest of the words that would have been right.

/** Words for the same thing elsewhere, by the name the schema uses, compared without case, `_` and `-`. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  learningRate: ['lr'],
  batchSize: ['batch', 'bs'],
  steps: ['iterations', 'iters', 'maxSteps', 'numSteps', 'ddimSteps'],
  count: ['n', 'num', 'numSamples', 'samples'],
  timesteps: ['t', 'numTimesteps'],
  weightDecay: ['wd'],
  emaDecay: ['ema'],
  epsilon: ['eps', 'adamEps'],
  gradClip: ['clip', 'clipGrad', 'maxGradNorm'],
  warmupSteps: ['warmup'],
  lrSchedule: ['scheduler', 'schedule'],
  lambdaS: ['lambdaSpatial'],
  lambdaF: ['lambdaFreq', 'lambdaFrequency'],
  freq: ['frequency'],
  waveletGating: ['wavelet', 'wg'],
  modelChannels: ['channels', 'width'],
  channels: ['ch'],
  channelMult: ['chMult', 'mult'],
  attnResolutions: ['attention', 'attentionResolutions'],
  attentionResolutions: ['attention', 'attnResolutions'],
  numHeads: ['heads'],
  size: ['imageSize', 'resolution'],
  path: ['dir', 'folder', 'root', 'file'],
  kind: ['type'],
  students: ['student'],
  linearStart: ['betaStart'],
  linearEnd: ['betaEnd'],
};

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '');
}

const spellings = new Map<string, string>();

/** `plain` of a word of the schema or of the table above, made once. */
function plainKnown(word: string): string {
  const spelling = spellings.get(word) ?? plain(word);
  spellings.set(word, spelling);
  return spelling;
}

/** The one of `allowed` that is `word` in another spelling or another common name. */
export function sameWord(word: string, allowed: readonly string[]): string | undefined {
  const wanted = plain(word);
  return (
    allowed.find((candidate) => plainKnown(candidate) === wanted) ??
    allowed.find((candidate) => synonyms[candidate]?.some((other) => plainKnown(other) === wanted))
  );
}

/** What is longer is no misspelt word, and comparing it would take long. */
const longestWord = 100;

/** The one of `allowed` that was most likely meant by `word`: at most a third of its letters differ. */
export function closest(word: string, allowed: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const same = sameWord(word, allowed);
  if (same !== undefined) return same;
  const ranked = allowed
    .map((candidate) => ({ candidate, distance: editDistance(plain(word), plainKnown(candidate)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return ranked && ranked.distance <= Math.max(1, Math.floor(word.length / 3)) ? ranked.candidate : undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements of letters that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
