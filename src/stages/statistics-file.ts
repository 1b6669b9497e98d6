// Mean and covariance of features as .npz files, the form in which FID tools exchange references: `mu` and `sigma`.
// Ours also hold a member `sdx` that tells how they were taken, so that they are not compared with other features.
import { checksumFile } from '../artifacts/checksum.ts';
import { readNpz, writeNpz } from '../artifacts/npz.ts';
import { npzNames } from '../artifacts/npz-array.ts';
import { UserError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import type { Matrix } from '../linalg/matrix.ts';
import type { Gaussian } from '../metrics/frechet.ts';
import type { Extractor } from './feature-extractor.ts';

/** How statistics were taken. */
export interface StatisticsOrigin {
  readonly extractor: { readonly name: string; readonly digest: string };
  readonly inputSize: number;
  /** Number of images. */
  readonly count: number;
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
      mean: Float64Array.from(mu.data, Number),
      covariance: { rows: d, cols: d, data: Float64Array.from(sigma.data, Number) },
    },
    digest: (await checksumFile(file)).sha256,
    ...(hasOrigin ? { origin: parseOrigin(file, arrays[originMember]!.data) } : {}),
  };
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

/** Throws UserError('input') unless features of `extractor` may be compared with the statistics of `file`. */
export function checkSameFeatures(file: string, { origin }: Statistics, { params, digest }: Extractor): void {
  const refuse = (message: string, hint: string): UserError =>
    new UserError('input', `${file} ${message}`, { hint, where: { file } });
  if (origin === undefined) {
    if (params.kind === 'nsfwjs')
      throw refuse(
        'does not say which network its statistics are of; it is hardly that of nsfwjs',
        'choose the extractor pytorch-fid or clean-fid and give the weights file',
      );
    return;
  }
  const [theirs, ours] = [origin.extractor, { name: params.kind, digest }];
  if (theirs.name !== ours.name || theirs.digest !== ours.digest || origin.inputSize !== params.inputSize)
    throw refuse(
      `holds statistics of ${theirs.name} ${theirs.digest.slice(0, 12)} at ${origin.inputSize}, not of ${ours.name} ${ours.digest.slice(0, 12)} at ${params.inputSize}`,
      'use the same extractor, weights and input size, or take the statistics again',
    );
}
