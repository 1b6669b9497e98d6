// Checks of the conditioning: whether the data sets hold what the models are to be told, as far as their kind says
// it, and whether the text transformer fits.
import { issueAt, type Issue } from './problem.ts';
import type { Experiment } from './types.generated.ts';

type Dataset = Experiment['dataset'];

export function conditioningMistakes({ conditioning, dataset, evaluate }: Experiment): Issue[] {
  if (conditioning.kind === 'none') return [];
  if (conditioning.kind === 'class') return lacking('class', 'dataset', withoutClasses(dataset));
  const { encoder } = conditioning;
  const heads =
    encoder.kind === 'words' && encoder.width % encoder.heads !== 0
      ? [
          issueAt(
            ['conditioning', 'encoder', 'heads'],
            `: a width of ${encoder.width} cannot be divided into ${encoder.heads} heads`,
          ),
        ]
      : [];
  return [
    ...heads,
    ...lacking('text', 'dataset', withoutCaptions(dataset)),
    // Samples are drawn for the captions of the images that they are compared with.
    ...(evaluate.dataset ? lacking('text', 'evaluate.dataset', withoutCaptions(evaluate.dataset)) : []),
  ];
}

function lacking(kind: 'class' | 'text', key: string, lack: string | undefined): Issue[] {
  if (lack === undefined) return [];
  const needed = kind === 'class' ? 'classes' : 'captions';
  return [issueAt(['conditioning', 'kind'], `: ${kind} needs ${needed}, but ${key} (${lack}) has none`)];
}

/** What it is about a data set that leaves it without classes; undefined where it may have some. */
function withoutClasses(dataset: Dataset): string | undefined {
  if (dataset.kind === 'lsun-lmdb' || dataset.kind === 'webdataset' || dataset.kind === 'coco')
    return `kind: ${dataset.kind}`;
  return 'labels' in dataset && dataset.labels === 'none' ? 'labels: none' : undefined;
}

/** What it is about a data set that leaves it without captions; undefined where it may have some. */
function withoutCaptions(dataset: Dataset): string | undefined {
  if (['folder', 'zip', 'lsun-lmdb', 'imagenet'].includes(dataset.kind)) return `kind: ${dataset.kind}`;
  return 'captions' in dataset && !dataset.captions ? 'captions: false' : undefined;
}
