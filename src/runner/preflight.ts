// Before any computing: everything that an experiment needs from outside and that is not there, in one message with
// where to put it, how large it is and where it comes from.
import { exists } from '../files/exists.ts';
import type { Experiment } from '../config/types.generated.ts';
import { checkDataset } from '../datasets/check-dataset.ts';
import { UserError } from '../errors.ts';

export interface Requirement {
  /** Key of the configuration. */
  readonly key: string;
  readonly problem: string;
  readonly remedy: string;
}

interface NeededFile {
  readonly key: string;
  readonly path: string;
  readonly remedy: string;
}

const inceptionWeights =
  'pt_inception-2015-12-05-6726825d.pth from the releases of https://github.com/mseitzer/pytorch-fid, 91 MB, ' +
  'sha256 starting with 6726825d; or score without it: evaluate.extractor.kind=nsfwjs';

/** Everything missing; empty where a run can start. */
export async function missingRequirements(config: Experiment): Promise<Requirement[]> {
  const missing: Requirement[] = [];
  const datasets = [
    { key: 'dataset', dataset: config.dataset },
    ...(config.evaluate.dataset ? [{ key: 'evaluate.dataset', dataset: config.evaluate.dataset }] : []),
  ];
  for (const { key, dataset } of datasets)
    for (const found of await checkDataset(dataset))
      missing.push({
        key: found.key.replace(/^dataset/, key),
        problem: `${found.problem}; needed: ${found.expected}`,
        remedy: found.remedy,
      });
  for (const { key, path, remedy } of neededFiles(config))
    if (!(await exists(path))) missing.push({ key, problem: `${path} does not exist`, remedy });
  return missing;
}

/** Throws UserError('input') that lists everything missing. */
export async function preflight(config: Experiment): Promise<void> {
  const missing = await missingRequirements(config);
  if (missing.length === 0) return;
  const listed = missing.map(({ key, problem, remedy }) => `\n  ${key}: ${problem}\n    ${remedy}`);
  throw new UserError(
    'input',
    `${config.name} cannot start: ${missing.length} ${missing.length === 1 ? 'thing is' : 'things are'} missing${listed.join('')}`,
    { hint: 'nothing was computed; put these in place, or change the paths with key=value' },
  );
}

/** Files and folders besides the images. One path is named once, with the first key that needs it. */
function neededFiles({ autoencoder, conditioning, teacher, evaluate }: Experiment): NeededFile[] {
  const files: NeededFile[] = [];
  const add = (key: string, path: string, remedy: string): void => {
    if (!files.some((file) => file.path === path)) files.push({ key, path, remedy });
  };
  const weights = (what: string, source: string | undefined): string =>
    source === undefined ? `Put ${what} there.` : `Put ${what} there: ${source}.`;
  if (teacher.checkpoint)
    add(
      'teacher.checkpoint.path',
      teacher.checkpoint.path,
      weights("the teacher's weights", teacher.checkpoint.source),
    );
  if (autoencoder.kind !== 'none' && autoencoder.checkpoint) {
    const { path, source } = autoencoder.checkpoint;
    add('autoencoder.checkpoint.path', path, weights("the autoencoder's weights", source));
  }
  if (conditioning.kind === 'text' && conditioning.encoder.kind === 'clip') {
    const { checkpoint, vocabulary } = conditioning.encoder;
    add(
      'conditioning.encoder.checkpoint.path',
      checkpoint.path,
      weights("CLIP's text weights", checkpoint.source),
    );
    add('conditioning.encoder.vocabulary', vocabulary, weights("CLIP's merges", checkpoint.source));
  }
  const { extractor } = evaluate;
  if (extractor.kind !== 'nsfwjs')
    add('evaluate.extractor.weights', extractor.weights, `Put there ${inceptionWeights}.`);
  if (evaluate.referenceStats !== undefined)
    add(
      'evaluate.referenceStats',
      evaluate.referenceStats,
      'Write it with `sdx fid --save`, or remove the key: the statistics are then computed from the data set.',
    );
  return files;
}
