// From an experiment to its plan: takes the digests of data and files that the plan's keys stand on, then compiles.
import { access, constants, lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { checksumFile, digestPath } from '../files/checksum.ts';
import { NotAFileError, oddityAt } from '../files/regular-file.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import type { Store } from '../store/store.ts';
import type { Experiment } from '../config/types.generated.ts';
import { digestCacheName, openDigestCache, type DigestCache } from '../datasets/digest/digest-cache.ts';
import { datasetDigest } from '../datasets/open-dataset.ts';
import { UserError } from '../errors.ts';
import { compilePlan, type Externals } from '../plan/compile.ts';
import { externalFiles } from '../plan/external-files.ts';
import type { Plan } from '../plan/plan.ts';
import type { Probe } from '../plan/probes.ts';
import type { StageKind } from '../stages/catalog.ts';

export interface PreparePlanOptions {
  readonly config: Experiment;
  readonly store: Store;
  /** Their versions enter keys: the catalog's, or stages that are to run. */
  readonly stages: Readonly<Record<StageKind, { readonly kind: string; readonly version: number }>>;
  readonly signal?: AbortSignal;
  /** What to plan beside the run itself. */
  readonly probes?: readonly Probe[];
}

/**
 * The plan of `config`. Digests of large files are remembered in the store (by size and modification time) where it
 * exists and can be written; planning never makes it. Throws UserError for missing data sets and files and for networks that do not fit.
 */
export async function preparePlan(options: PreparePlanOptions): Promise<Plan> {
  return compilePlan(options.config, await takeExternals(options), options.probes);
}

/**
 * The digests of data and files that the plan of `config` stands on; `standIn` gives one for what is not to be read
 * (a file's path, or the key of a data set). Throws as preparePlan does.
 */
export async function takeExternals(
  options: PreparePlanOptions,
  standIn: (what: string) => string | undefined = () => undefined,
): Promise<Externals> {
  const { config, store, stages, signal } = options;
  const remember = await isWritable(store.dir);
  const digests = await openDigestCache(path.join(store.dir, 'file-digests.json'));
  const fileDigests: Record<string, string> = {};
  for (const { path: file } of externalFiles(config)) {
    const instead = standIn(file);
    if (instead === undefined) await mustBeReadable(file);
    fileDigests[file] =
      instead ?? (await digestPath(file, (part) => rememberedDigest(part, digests, signal)));
  }
  if (remember) await digests.save();
  const datasetOptions = {
    ...(remember ? { digestCacheFile: path.join(store.dir, digestCacheName) } : {}),
    ...(signal ? { signal } : {}),
  };
  const judged = config.evaluate.dataset;
  return {
    datasetDigest: standIn('dataset') ?? (await datasetDigest(config.dataset, datasetOptions)),
    ...(judged && {
      evaluationDigest: standIn('evaluate.dataset') ?? (await datasetDigest(judged, datasetOptions)),
    }),
    fileDigests,
    engine: { name: config.engine },
    stageVersions: Object.fromEntries(
      Object.values(stages).map(({ kind, version }) => [kind, version]),
    ) as Record<StageKind, number>,
  };
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Refuses what is not there, and pipes and devices, which would never end. */
async function mustBeReadable(file: string): Promise<void> {
  try {
    const oddity = await oddityAt(file);
    if (oddity !== undefined) throw new NotAFileError(file, oddity);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'ENOTDIR') throw error;
    const link = await lstat(file).then(
      (entry) => entry.isSymbolicLink(),
      () => false,
    );
    throw new UserError('input', `${file} ${link ? 'is a link to nothing' : 'does not exist'}`, {
      hint: 'correct the path in the experiment; it is relative to the YAML file',
      where: { file },
      cause: error,
    });
  }
}

async function rememberedDigest(
  file: string,
  digests: DigestCache,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const now = { size: Number(size), mtimeNs: String(mtimeNs) };
  const known = digests.get(file, now);
  if (known !== undefined) return known.sha256;
  const { sha256 } = await checksumFile(file, signal);
  digests.set(file, { ...now, sha256 });
  return sha256;
}
