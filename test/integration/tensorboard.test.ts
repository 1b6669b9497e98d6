// Logs of a training that was killed, read by TensorBoard: every step once, with the losses of the results. Needs Python with
// tensorboard: SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes its absence fail.
import { execa } from 'execa';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { logFolder, readTrainingLog } from '../../src/runner/training-log/log-file.ts';
import type { CurvePoint } from '../../src/results/manifest.ts';
import { openStore } from '../../src/store/store.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { digestsBelow } from '../support/file-digests.ts';
import { script, sdx } from '../support/processes/sdx.ts';
import { folderPerFile } from '../support/temporary-folder.ts';
import { python, whyNoPeers } from './python-peers.ts';

const missing = await whyNoPeers(['tensorboard']);
const title = missing === undefined ? 'is read by TensorBoard' : `skipped, ${python} has no tensorboard`;
const signalInStage = fileURLToPath(new URL('../support/processes/signal-in-stage.ts', import.meta.url));
const dir = folderPerFile();

const argumentsFor = (store: string, ...overrides: string[]): string[] => [
  ...['run', tinyExperiment, 'teacher.train.logEvery=1', ...overrides],
  ...['--stage', 'teacher', '--store', dir(store), '--results', dir('results')],
];

it.skipIf(missing !== undefined)(
  `a log that a killed training began and another finished ${title}`,
  async () => {
    // The newest checkpoint is that of step 4.
    const args = argumentsFor('logged', 'log.tensorboard=true');
    const killed = await script(signalInStage, ['SIGKILL', 'teacher', '5', ...args]);
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    const resumed = await sdx(args);
    expect(resumed.exitCode, resumed.stderr).toBe(0);

    const { stdout } = await execa(python, [
      path.join(import.meta.dirname, 'tensorboard_peer.py'),
      dir('logged', 'logs'),
    ]);
    const runs = JSON.parse(stdout) as Record<string, Record<string, [number, number][]>>;
    expect(Object.keys(runs).sort()).toEqual(['tiny/autoencoder', 'tiny/teacher']);

    const log = await readTrainingLog(logFolder(dir('logged'), 'tiny', 'teacher'));
    const artifact = await openStore(dir('logged')).find(log!.key);
    const { curve } = artifact!.summary as { curve: CurvePoint[] };
    expect(curve.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(log!.points.map(({ step, values }) => ({ step, ...values }))).toEqual(curve);
    for (const name of ['loss', 'ddpm'])
      expect(runs['tiny/teacher']![name]).toEqual(
        curve.map(({ step, [name]: value }) => [step, Math.fround(value!)]),
      );

    // Logs change no byte and no key.
    await sdx(argumentsFor('plain'));
    const bytes = (store: string) => digestsBelow(dir(store, 'artifacts'), (file) => !file.endsWith('.json'));
    expect(bytes('logged')).toEqual(bytes('plain'));
  },
  300_000,
);
