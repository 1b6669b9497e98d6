// `sdx fid`: compares two sets of images, or their statistics, outside any experiment.
import { ExitCode, UserError } from '../../errors.ts';
import type { ExtractorParams } from '../../stages/params.ts';
import { comparisonFacts } from '../../results/comparison-card.ts';
import { formatSignificant } from '../../report/table/number-format.ts';
import { defaultInputSize } from '../../config/schema.ts';
import { usualEngine } from '../../engine/engine-options.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { compareSets, type Comparison } from '../../stages/features/compare-sets.ts';
import { openImageSet, type ImageSet } from '../../stages/features/image-sets.ts';
import { kidSubsets, type FeatureMetric } from '../../stages/features/scores.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import type { FidOptions } from '../options.ts';
import { openProgress } from '../progress.ts';

/** KID's subsets are the same on every run. */
const seed = 0;

const metricNames: readonly FeatureMetric[] = ['fid', 'kid', 'precision-recall'];

/** Compares `a`, the reference, with `b`: folders of images or .npz files. Prints the scores and their card. */
export async function fidCommand(a: string, b: string, options: FidOptions, io: Io): Promise<number> {
  const metrics = metricsOf(options.metrics);
  const extractor = extractorOf(options);
  const progress = openProgress(io);
  const sets: ImageSet[] = [];
  try {
    for (const target of [a, b]) sets.push(await openImageSet(target, io.signal));
    const [reference, generated] = sets as [ImageSet, ImageSet];
    const comparison = await compareSets(
      {
        engine: lazyEngine(await askedEngine(usualEngine, options, io)),
        signal: io.signal,
        emit: ({ path }, event) => {
          if (event.type === 'progress')
            progress.show({ ...event, type: 'stage-progress', stage: path, time: new Date().toISOString() });
        },
      },
      reference,
      generated,
      { extractor, batchSize: options.batch, metrics, seed, ...(options.save ? { save: options.save } : {}) },
    );
    progress.close();
    io.stdout.write(options.json ? `${JSON.stringify(comparison, null, 2)}\n` : text(comparison));
    return ExitCode.ok;
  } finally {
    progress.close();
    for (const set of sets) await set.close();
  }
}

function metricsOf(list: string): FeatureMetric[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  const unknown = names.find((name) => !metricNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new UserError('usage', `there is no metric ${JSON.stringify(unknown)}`, {
      hint: `give one or more of ${metricNames.join(', ')}, separated by commas`,
    });
  return names as FeatureMetric[];
}

function extractorOf(options: FidOptions): ExtractorParams {
  const { extractor: kind, weights, inputSize = defaultInputSize(kind) } = options;
  if (kind === 'nsfwjs') {
    if (weights === undefined) return { kind, inputSize };
    throw new UserError('usage', '--weights has no use with the extractor nsfwjs, which brings its own', {
      hint: 'add --extractor pytorch-fid or --extractor clean-fid',
    });
  }
  if (weights !== undefined) return { kind, weights, inputSize };
  throw new UserError('usage', `the extractor ${kind} needs --weights`, {
    hint: 'give the file pt_inception-2015-12-05-6726825d.pth of the releases of github.com/mseitzer/pytorch-fid',
  });
}

/** One line per score, then the card. */
function text({ fid, metrics, card }: Comparison): string {
  const { kid, kidStd, precision, recall } = metrics;
  const scores: [string, string][] = [];
  if (fid !== undefined) scores.push(['FID', fid.toFixed(4)]);
  if (kid !== undefined) {
    const most = Math.min(kidSubsets.subsetSize, card.a.count ?? Infinity, card.b.count ?? Infinity);
    const spread =
      kidStd === undefined
        ? ' (one subset: the whole sets)'
        : ` ± ${formatSignificant(kidStd)} (${kidSubsets.subsets} subsets of ${most})`;
    scores.push(['KID', `${formatSignificant(kid)}${spread}`]);
  }
  if (precision !== undefined) scores.push(['precision', formatSignificant(precision)]);
  if (recall !== undefined) scores.push(['recall', formatSignificant(recall)]);
  const lines = [...scores, ...comparisonFacts(card)];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}
