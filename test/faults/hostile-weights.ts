// Weights files that mean harm, or are damaged at random: each is refused or read within limits of time and memory, and
// nothing in it runs. In a process of its own, whose memory tells.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openWeights } from '../../src/weights/weights-source.ts';
import { UserError } from '../../src/errors.ts';
import { integers } from '../../src/rng/noise.ts';
import {
  corruptFiles,
  harmfulPickles,
  longPickle,
  validSafetensors,
  validTorchZip,
} from '../fixtures/make-corrupt-files.ts';
import type { Case } from './tally.ts';

const limits = { seconds: 2, megabytes: 300 };

interface Hostile {
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

/** Files that ask for much work with few bytes. */
const costly: readonly Hostile[] = [
  {
    name: 'a long list is called with again and again',
    bytes: () =>
      longPickle(
        'ccollections\nOrderedDict\nq\x000NN\x86q\x020](',
        'h\x02'.repeat(200_000),
        'eq\x010',
        'h\x00h\x01\x85R0'.repeat(300_000),
        'N.',
      ),
  },
  { name: 'tuples nested a million deep', bytes: () => longPickle('N', '\x85'.repeat(1_000_000), '.') },
  { name: 'a million marks', bytes: () => longPickle('('.repeat(1_000_000), '.') },
  { name: 'three million values', bytes: () => longPickle('N'.repeat(3_000_000), '.') },
  { name: 'a list that holds itself', bytes: () => longPickle(']q\x00', 'h\x00a'.repeat(500_000), '.') },
  { name: 'a header of many keys, below the limit', bytes: () => manyKeys(110_000) },
  { name: 'a header of many keys, above the limit', bytes: () => manyKeys(600_000) },
  { name: 'a header nested deeply', bytes: () => safetensors('{"a":'.repeat(400_000)) },
];

function safetensors(header: string): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header)]);
}

function manyKeys(count: number): Uint8Array {
  const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
  return safetensors(`{${Array.from({ length: count }, (_, i) => `"layer${i}.weight":${entry}`).join(',')}}`);
}

/** Valid files with some bytes changed at random. */
function mutants(seed: number, count: number): Hostile[] {
  const valid = [validSafetensors(), validTorchZip()];
  return Array.from({ length: count }, (_, i) => ({
    name: `mutant ${i}`,
    bytes: () => {
      const bytes = Buffer.from(valid[i % valid.length]!);
      const at = integers(seed, 'mutants/at', i, 0, 4, bytes.length);
      const to = integers(seed, 'mutants/to', i, 0, 4, 256);
      for (const [j, position] of [...at].slice(0, 1 + (i % 4)).entries()) bytes[position] = to[j]!;
      return bytes;
    },
  }));
}

/** Opens every file and reads all that it holds. */
export async function hostileWeights(folder: string, seed: number, mutantCount: number): Promise<Case[]> {
  mkdirSync(folder, { recursive: true });
  const trace = path.join(folder, 'trace');
  const known = [...corruptFiles, ...harmfulPickles(trace)].map(({ name, bytes }) => ({
    name,
    bytes: () => bytes,
  }));
  const groups: readonly [string, readonly Hostile[]][] = [
    ['hostile weights: known', known],
    ['hostile weights: costly', costly],
    ['hostile weights: random', mutants(seed, mutantCount)],
  ];
  const cases: Case[] = [];
  for (const [group, files] of groups)
    for (const { name, bytes } of files) {
      const file = path.join(folder, 'weights');
      writeFileSync(file, bytes());
      cases.push({ group, what: name, ...(await tried(file, trace)) });
    }
  return cases;
}

async function tried(file: string, trace: string): Promise<Pick<Case, 'outcome' | 'why'>> {
  const before = process.resourceUsage().maxRSS;
  const start = process.cpuUsage();
  const error = await readAll(file).catch((thrown: unknown) => thrown);
  const seconds = process.cpuUsage(start).user / 1e6;
  const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
  const why = [
    ...(existsSync(trace) ? ['something in it ran'] : []),
    ...(error === undefined || error instanceof UserError
      ? []
      : [`thrown: ${error instanceof Error ? error.message : 'no error'}`]),
    ...(seconds > limits.seconds ? [`${seconds.toFixed(1)} s`] : []),
    ...(megabytes > limits.megabytes ? [`${megabytes.toFixed(0)} MB more`] : []),
  ];
  if (why.length > 0) return { outcome: 'failed', why: why.join(', ') };
  return { outcome: error === undefined ? 'unharmed' : 'refused' };
}

async function readAll(file: string): Promise<undefined> {
  const source = await openWeights(file);
  try {
    for (const name of source.entries.keys()) await source.read(name);
  } finally {
    await source.close();
  }
}
