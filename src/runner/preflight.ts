// Before any computing: everything that an experiment needs from outside and that is not there, in one message with
// where to put it, how large it is and where it comes from.
import { dotted } from '../config/problem.ts';
import type { External } from '../config/schema.ts';
import type { Experiment } from '../config/types.generated.ts';
import { exists } from '../files/exists.ts';
import { oddityAt } from '../files/regular-file.ts';
import { externalFiles } from '../plan/external-files.ts';
import { checkDataset, glanceImages } from '../datasets/check-dataset.ts';
import { UserError } from '../errors.ts';

export interface Requirement {
  /** Key of the configuration. */
  readonly key: string;
  readonly problem: string;
  readonly remedy: string;
}

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
  if (missing.length === 0) missing.push(...(await missingCaptions(config)));
  for (const { key, path, about } of externalFiles(config)) {
    const problem = await problemAt(path);
    if (problem !== undefined) missing.push({ key: dotted(key), problem, remedy: remedyOf(about) });
  }
  return missing;
}

/** Captions to draw that the data set cannot have: each image has one, unless all are kept. */
async function missingCaptions(config: Experiment): Promise<Requirement[]> {
  const { sample, conditioning, evaluate, dataset } = config;
  const told = evaluate.dataset ?? dataset;
  if (sample.promptSeed === undefined || conditioning.kind !== 'text') return [];
  if (told.kind === 'coco' && told.captions === 'all') return [];
  const images = await glanceImages(told);
  if (images === undefined || images >= sample.count) return [];
  return [
    {
      key: 'sample.count',
      problem: `${sample.count} captions are to be drawn without replacement, of ${images} images with one each`,
      remedy: `Set sample.count to ${images} at most, or leave out sample.promptSeed: captions then come again.`,
    },
  ];
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

/** Why `path` cannot be read as a file or folder, as far as a glance tells. */
async function problemAt(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return `${path} does not exist`;
  const oddity = await oddityAt(path);
  return oddity === undefined ? undefined : `${path} is ${oddity}, not a file`;
}

/** What to do about a file that is not there. */
function remedyOf({ what = 'it', source, licence, otherwise }: External): string {
  const from = source === undefined ? '' : `: ${source}${licence === undefined ? '' : ` (${licence})`}`;
  return `Put ${what} there${from}${otherwise === undefined ? '' : `; or ${otherwise}`}.`;
}
