// Experiments that campaigns run within their own process, and what is compared afterwards.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { main } from '../../src/cli/main.ts';
import { stages } from '../../src/stages/registry.ts';
import { writeImages } from './images.ts';
import { fakeStages } from '../support/stages/fake-stages.ts';
import { digestsBelow } from '../support/file-digests.ts';

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line; `onLine` sees each piece of stdout as it comes and may stop the run. */
export async function runSdx(
  args: readonly string[],
  onLine: (text: string, stop: () => void) => void = () => undefined,
): Promise<Ended> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const controller = new AbortController();
  const exitCode = await main(args, {
    stdout: {
      write: (text) => {
        stdout.push(text);
        onLine(text, () => {
          controller.abort();
        });
      },
    },
    stderr: { write: (text) => stderr.push(text) },
    isTty: false,
    color: false,
    signal: controller.signal,
  });
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

/** The experiment of `withFakeStages`. */
export const fakeName = 'faults';

/** One student, on pixels: the smallest plan that has every kind of failure. */
const experiment = `name: ${fakeName}
seed: 1
dataset: { kind: folder, path: images, size: 16 }
autoencoder: { kind: none }
teacher:
  unet: { modelChannels: 32, channelMult: [1, 1], numResBlocks: 1, attentionResolutions: [2], numHeads: 1 }
  train: { steps: 8, batchSize: 4, learningRate: 1.0e-3, checkpointEvery: 2, logEvery: 2 }
students:
  lite: { modelChannels: 32 }
distill: { steps: 8, batchSize: 4, learningRate: 1.0e-3, checkpointEvery: 2, logEvery: 2 }
sample: { steps: 5, count: 8, batchSize: 4 }
evaluate: { extractor: { kind: nsfwjs, inputSize: 75 }, referenceCount: 8, batchSize: 8 }
`;

/** Gives `use` the file of a small experiment whose stages are fake, so that a run takes a fraction of a second. */
export async function withFakeStages<T>(folder: string, use: (file: string) => Promise<T>): Promise<T> {
  const real = { ...stages };
  Object.assign(stages, fakeStages().stages);
  try {
    const file = path.join(folder, 'faults.yaml');
    await writeFile(file, experiment);
    await writeImages(folder, 2);
    return await use(file);
  } finally {
    Object.assign(stages, real);
  }
}

/** Arguments of a run with its store and results below `folder`. */
export function runIn(folder: string, experiment: string, ...more: readonly string[]): string[] {
  const places = ['--store', path.join(folder, 'store'), '--results', path.join(folder, 'results')];
  return ['run', experiment, ...more, ...places];
}

/** sha256 of everything that stages wrote, by path; artifact.json tells times. */
export function artifactsIn(folder: string): Record<string, string> {
  return digestsBelow(path.join(folder, 'store', 'artifacts'), (file) => !file.endsWith('artifact.json'));
}

const timings: ReadonlySet<string> = new Set(['seconds', 'samplesPerSecond']);

/** The manifest of the results without what tells how long something took. */
export async function resultsIn(folder: string, name: string): Promise<unknown> {
  const text = await readFile(path.join(folder, 'results', name, 'manifest.json'), 'utf8');
  return JSON.parse(text, (key, value: unknown) => (timings.has(key) ? undefined : value)) as unknown;
}

/** Whether a failure is told as it should be: one line with its place and a remedy, no stack, no bug. */
export function misnamed({ exitCode, stderr }: Ended): string | undefined {
  if (exitCode !== 3) return `exit ${exitCode}: ${stderr.slice(-400)}`;
  if (/bug in sdx|^\s+at \S+ \(/m.test(stderr)) return `a stack or a bug: ${stderr.slice(-400)}`;
  if (!/^error: .+$/m.test(stderr) || !/^ {2}hint: .+$/m.test(stderr))
    return `no remedy: ${stderr.slice(-400)}`;
  return undefined;
}
