// Mean and covariance of features as .npz files, the form in which FID tools exchange references: `mu` and `sigma`.
// Ours also hold a member `sdx` that tells how they were taken, so that they are not compared with other features.
import { checksumFile } from '../../files/checksum.ts';
import type { NpyArray } from '../../weights/numpy/npy.ts';
import { readNpz, writeNpz } from '../../weights/numpy/npz.ts';
import { npzNames } from '../../weights/numpy/npz-array.ts';
import { UserError } from '../../errors.ts';
import { matmul } from '../../linalg/matmul.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import type { Gaussian } from '../../metrics/frechet.ts';
import { extractors } from '../../models/inception/inception-extractor.ts';
import type { Extractor } from './feature-extractor.ts';

/** How statistics were taken. */
export interface StatisticsOrigin {
  readonly extractor: { readonly name: string; readonly digest: string };
  readonly inputSize: number;
  readonly resampler: string;
  /** Number of images; null where it is not known. */
  readonly count: number | null;
  readonly preprocessing: string;
}

export interface Statistics {
  readonly gaussian: { readonly mean: Float64Array; readonly covariance: Matrix };
  /** sha256 of the file, hex. */
  readonly digest: string;
  /** Absent in files of other tools. */
  readonly origin?: StatisticsOrigin;
}

const originMember = 'sdx';

/** Reads `mu` [D] and `sigma` [D, D]. Throws UserError('input') for files without them. */
export async function readStatistics(file: string): Promise<Statistics> {
  const members = await npzNames(file);
  const hasOrigin = members.has(originMember);
  const arrays = await readNpz(file, ['mu', 'sigma', ...(hasOrigin ? [originMember] : [])]);
  const [mu, sigma] = [arrays['mu']!, arrays['sigma']!];
  const d = mu.data.length;
  if (mu.shape.length !== 1 || sigma.shape.join() !== `${d},${d}`)
    throw new UserError('input', `mu is [${mu.shape.join()}] and sigma [${sigma.shape.join()}] in ${file}`, {
      hint: 'a mean [D] and a covariance [D, D] are needed, as pytorch-fid --save-stats writes them',
      where: { file },
    });
  return {
    gaussian: {
      mean: doubles(mu),
      covariance: { rows: d, cols: d, data: doubles(sigma) },
    },
    digest: (await checksumFile(file)).sha256,
    ...(hasOrigin ? { origin: parseOrigin(file, arrays[originMember]!.data) } : {}),
  };
}

function doubles({ data }: NpyArray): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data, Number);
}

function parseOrigin(file: string, bytes: ArrayLike<number | bigint>): StatisticsOrigin {
  try {
    return JSON.parse(Buffer.from(Array.from(bytes, Number)).toString()) as StatisticsOrigin;
  } catch (cause) {
    throw new UserError('input', `the member ${originMember} of ${file} is damaged`, {
      hint: 'write the statistics again with sdx fid --save',
      where: { file },
      cause,
    });
  }
}

/** Writes statistics that pytorch-fid, clean-fid and `readStatistics` can read. */
export async function writeStatistics(
  file: string,
  gaussian: Gaussian,
  origin: StatisticsOrigin,
): Promise<void> {
  const covariance =
    'covariance' in gaussian
      ? gaussian.covariance
      : matmul(gaussian.factor, gaussian.factor, { transposeA: true, symmetric: true });
  await writeNpz(
    file,
    { mu: gaussian.mean, sigma: covariance.data },
    { [originMember]: JSON.stringify(origin) },
  );
}

/** What decides whether features may be compared. */
type FeatureKind = Pick<StatisticsOrigin, 'extractor' | 'inputSize'>;

export function featuresDiffer(a: FeatureKind, b: FeatureKind): boolean {
  return (
    a.extractor.name !== b.extractor.name ||
    a.extractor.digest !== b.extractor.digest ||
    a.inputSize !== b.inputSize
  );
}

/** The error for statistics in `file` that are of other features than `wanted`; `found` is undefined if it does not say. */
export function refuseOtherFeatures(
  file: string,
  found: FeatureKind | undefined,
  wanted: FeatureKind,
): UserError {
  const words = ({ extractor, inputSize }: FeatureKind): string =>
    `${extractor.name} (weights ${extractor.digest.slice(0, 12)}) at ${inputSize}×${inputSize}`;
  return found === undefined
    ? new UserError(
        'input',
        `${file} does not say which network its statistics are of; hardly that of nsfwjs`,
        {
          hint: 'choose the extractor pytorch-fid or clean-fid and give its weights file',
          where: { file },
        },
      )
    : new UserError('input', `${file} holds statistics of ${words(found)}, not of ${words(wanted)}`, {
        hint: 'use the same extractor, weights and input size, or take the statistics again',
        where: { file },
      });
}

/**
 * Throws UserError('input') unless the statistics in `file` may be compared with features of `extractor`. Files of other
 * tools say nothing: they are taken to be of the published network, which nsfwjs is not.
 */
export function checkSameFeatures(file: string, { origin }: Statistics, extractor: Extractor): void {
  const wanted = originOf(extractor);
  const differ = origin === undefined ? extractor.params.kind === 'nsfwjs' : featuresDiffer(origin, wanted);
  if (differ) throw refuseOtherFeatures(file, origin, wanted);
}

/** How statistics of `extractor` are marked. */
export function originOf(
  { params: { kind, inputSize }, digest }: Extractor,
  { count, preprocessing }: Pick<StatisticsOrigin, 'count' | 'preprocessing'> = {
    count: null,
    preprocessing: '',
  },
): StatisticsOrigin {
  return {
    extractor: { name: kind, digest },
    inputSize,
    resampler: extractors[kind].resampler,
    count,
    preprocessing,
  };
}
