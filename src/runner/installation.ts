// Checks of the installation and the machine: each part that an experiment may need is tried, not only looked for.
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { pathKeys } from '../config/paths.ts';
import { dotted } from '../config/problem.ts';
import { readNsfwjsModel } from '../weights/keras/nsfwjs-weights.ts';
import { openStore } from '../store/store.ts';
import { datasetDigest } from '../datasets/open-dataset.ts';
import { UserError } from '../errors.ts';
import { usualEngine, type Device } from '../engine/engine-options.ts';
import { instructionSet, multipliesIntegers } from '../engine/instruction-set.ts';
import { checkDevice, rightSquares, squares } from '../engine/onnx/check-device.ts';
import { selectEngine } from '../engine/select-engine.ts';
import { findPackages, usualPlaces } from '../engine/tensorflow/find-package.ts';

export interface Finding {
  readonly check: string;
  /** `warn`: works, but slowly or not for long; `fail`: experiments cannot run. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it. */
  readonly hint?: string;
}

type Check = (storeDir: string) => Promise<Omit<Finding, 'check'>> | Omit<Finding, 'check'>;

const gigabyte = 1e9;
/** The oldest major version that package.json admits. */
const oldestNode = 20;

const checks: Readonly<Record<string, Check>> = {
  'Node.js': () => {
    const major = Number(process.versions.node.split('.')[0]);
    return major >= oldestNode
      ? { status: 'ok', found: process.versions.node }
      : {
          status: 'fail',
          found: process.versions.node,
          hint: `install version ${oldestNode} or later`,
        };
  },
  CPU: () => ({
    status: 'ok',
    found: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${instructionSet()}${multipliesIntegers() ? ', fast at int8' : ''}`,
  }),
  memory: () => {
    const [free, total] = [freemem() / gigabyte, totalmem() / gigabyte];
    const found = `${free.toFixed(1)} of ${total.toFixed(1)} GB free`;
    return total >= 4
      ? { status: 'ok', found }
      : { status: 'warn', found, hint: 'training needs about 4 GB; use smaller batches' };
  },
  'engine onnx': async () => {
    const engine = await selectEngine({ ...usualEngine, threads: 1 });
    const found = `onnxruntime-node ${engine.describe()['onnxruntime-node'] ?? ''}`;
    return (await squares(engine)) === rightSquares
      ? { status: 'ok', found }
      : { status: 'fail', found: `${found} computes wrongly`, hint: 'run `npm ci` again' };
  },
  'engine tensorflow': async () => {
    if (findPackages(usualPlaces()).length === 0) return { status: 'ok', found: 'not installed (optional)' };
    try {
      const engine = await selectEngine({ ...usualEngine, engine: 'tensorflow' });
      const { package: name = '', libtensorflow = '', device = '' } = engine.describe();
      const found = `${name}, libtensorflow ${libtensorflow} on the ${device}`;
      return (await squares(engine)) === rightSquares
        ? { status: 'ok', found }
        : { status: 'warn', found: `${found} computes wrongly`, hint: 'install it again' };
    } catch (error) {
      // Others compute without it.
      if (!(error instanceof UserError)) throw error;
      return { status: 'warn', found: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
    }
  },
  sharp: async () => {
    const { default: sharp } = await import('sharp');
    const image = sharp(new Uint8Array(12), { raw: { width: 2, height: 2, channels: 3 } });
    const { length } = await image.png().toBuffer();
    return { status: length > 0 ? 'ok' : 'fail', found: `libvips ${sharp.versions.vips}` };
  },
  'nsfwjs weights': () => {
    const { bytes, digest } = readNsfwjsModel();
    return {
      status: 'ok',
      found: `${(bytes.length / 1e6).toFixed(1)} MB, sha256 ${digest.slice(0, 12)}`,
    };
  },
  'emoji images': async () => ({
    status: 'ok',
    found: `digest ${(await datasetDigest({ kind: 'emoji', size: 64, filter: 'bicubic', skinTones: false })).slice(0, 12)}`,
  }),
  'files from elsewhere': () => ({
    status: 'ok',
    found: `experiments may name some: ${fileKeys().join(', ')}`,
    hint: '`sdx plan <experiment>` says which it needs, which are missing, and where to get them',
  }),
  'free disk': async (storeDir) => {
    const free = (await openStore(storeDir).freeBytes()) / gigabyte;
    const found = `${free.toFixed(1)} GB for ${storeDir}`;
    return free >= 2
      ? { status: 'ok', found }
      : { status: 'warn', found, hint: 'the quickstart needs about 2 GB; choose another disk with --store' };
  },
  store: async (storeDir) => {
    await openStore(storeDir).checkWritable();
    return { status: 'ok', found: `${storeDir} can be written` };
  },
};

async function tryDevice(device: Device): Promise<Omit<Finding, 'check'>> {
  await checkDevice(device);
  return { status: 'ok', found: 'computes' };
}

/** All findings, in a fixed order, `device` last where one is named; a check that throws has failed. */
export async function checkInstallation(storeDir: string, device?: Device): Promise<Finding[]> {
  const findings: Finding[] = [];
  const asked = device === undefined ? {} : { [`device ${device}`]: () => tryDevice(device) };
  for (const [check, look] of Object.entries<Check>({ ...checks, ...asked })) {
    try {
      findings.push({ check, ...(await look(storeDir)) });
    } catch (error) {
      const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
      findings.push({
        check,
        status: 'fail',
        found: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
        hint: typeof hint === 'string' ? hint : 'run `npm ci` again',
      });
    }
  }
  return findings;
}

/** Keys of what experiments may need that comes neither with sdx nor with a data set. */
function fileKeys(): string[] {
  return pathKeys().flatMap(({ key, about }) => (about.keeper === undefined ? [dotted(key)] : []));
}
