// Our samplers beside diffusers' schedulers: the same noise, the same timesteps, and noise predictions in closed form.
// Needs Python with diffusers, torch and safetensors: SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes their
// absence fail.
import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplers, type SamplerName } from '../../src/diffusion/samplers.ts';
import { scaledLinearSchedule } from '../../src/diffusion/schedule.ts';
import type { HostTensors } from '../../src/engine/engine.ts';
import { normal } from '../../src/rng/noise.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { noiseOfPair } from '../support/gaussian-pair.ts';
import { python, whyNoPeers } from './python-peers.ts';

const missing = await whyNoPeers(['torch', 'diffusers', 'safetensors']);
const title =
  missing === undefined ? "beside diffusers' schedulers" : `skipped, ${python} has no torch and diffusers`;

const length = 256;
const most = 50;
const asked = {
  schedule: { linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 },
  data: { mean: 1, deviation: 0.5 },
  steps: [2, 10, most],
  eta: 0.5,
};
const schedule = scaledLinearSchedule(asked.schedule);
const xT = normal(1, 'test', 0, 0, length);
const noises = Array.from({ length: most }, (_, index) => normal(1, 'test', 1 + index, 0, length));

describe.skipIf(missing !== undefined)(title, () => {
  let folder: string;
  let theirs: HostTensors;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-samplers-'));
    await writeFile(path.join(folder, 'asked.json'), JSON.stringify(asked));
    await writeSafetensors(path.join(folder, 'noise.safetensors'), {
      xT: { shape: [length], dtype: 'float32', data: xT },
      noises: {
        shape: [most, length],
        dtype: 'float32',
        data: Float32Array.from(noises.flatMap((noise) => [...noise])),
      },
    });
    await execa(python, [path.join(import.meta.dirname, 'samplers_peer.py'), folder]);
    theirs = (await readSafetensors(path.join(folder, 'theirs.safetensors'))).tensors;
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  const cases = (Object.keys(samplers) as SamplerName[]).flatMap((name) =>
    asked.steps.flatMap((steps) => [
      { name, steps, eta: 0, key: `${name} ${steps}` },
      ...(samplers[name].takesEta ? [{ name, steps, eta: asked.eta, key: `${name} ${steps} eta` }] : []),
      ...(samplers[name].endsAtX0
        ? []
        : [{ name, steps, eta: 0, setAlphaToOne: true, key: `${name} ${steps} to x0` }]),
    ]),
  );
  it.for(cases)(
    '$key: our samples are theirs',
    async ({ name, steps, eta, setAlphaToOne = false, key }, { annotate }) => {
      const ours = await samplers[name].sample({
        ...{ schedule, steps, eta, setAlphaToOne, xT },
        predictEpsilon: noiseOfPair(asked.data, schedule),
        noise: (index) => noises[index]!,
      });
      const expected = theirs[key]!.data as Float32Array;
      const difference = Math.max(...ours.map((value, i) => Math.abs(value - expected[i]!)));
      await annotate(`${key}: largest difference ${difference.toExponential(1)} of values up to 2`);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.5);
      expect(difference).toBeLessThan(2e-5);
    },
  );
});
