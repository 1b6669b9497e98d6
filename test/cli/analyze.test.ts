// `sdx analyze` on models in the store, as if a run had trained them.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { openStore } from '../../src/store/store.ts';
import { loadExperiment } from '../../src/config/load.ts';
import type { HostTensors } from '../../src/engine/engine.ts';
import { networkOf } from '../../src/export/experiment-networks.ts';
import type { Analysis } from '../../src/results/analysis.ts';
import { normal } from '../../src/rng/noise.ts';
import { preparePlan } from '../../src/runner/prepare-plan.ts';
import { modelFiles } from '../../src/stages/networks/model-files.ts';
import { stages } from '../../src/stages/registry.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { randomParams, writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { root } from '../support/root.ts';
import { fakeSummaries } from '../support/stages/fake-stages.ts';

const latents = { count: 6, shape: [2, 8, 8], size: 128 } as const;

/** Publishes what the analysis of `models` needs: latents, and random weights that keep activations small. */
async function publish(experiment: string, dir: string, models: readonly string[]): Promise<void> {
  const { config } = await loadExperiment(experiment);
  const store = openStore(dir);
  await store.prepare();
  const { nodes } = await preparePlan({ config, store, stages });
  for (const { key, kind, name } of nodes) {
    const isModel = (kind === 'teacher' || kind === 'distill') && models.includes(name);
    if (!isModel && !['dataset', 'autoencoder', 'latents'].includes(kind)) continue;
    if ((await store.find(key)) !== undefined) continue;
    const lock = await store.lock(key);
    const folder = await store.outputDir(key);
    if (isModel) await writeSafetensors(path.join(folder, modelFiles.ema), smallParams(config, name));
    if (kind === 'latents') {
      const data = normal(1, 'test/latents', 0, 0, latents.count * latents.size);
      await writeSafetensors(path.join(folder, 'latents.safetensors'), {
        mean: { shape: [latents.count, ...latents.shape], dtype: 'float32', data },
      });
    }
    await store.publish(key, {
      ...{ kind, name, stageVersion: 1, params: {}, inputs: {} },
      ...{ summary: fakeSummaries[kind], seconds: 0 },
    });
    await lock.release();
  }
}

function smallParams(config: Parameters<typeof networkOf>[0], name: string): HostTensors {
  const specs = networkOf(config, name).components.flatMap((component) => component.specs);
  return Object.fromEntries(
    Object.entries(randomParams(specs, 1)).map(([parameter, tensor]) => [
      parameter,
      { ...tensor, data: (tensor.data as Float32Array).map((value) => 0.1 * (value - 0.5)) },
    ]),
  );
}

describe('sdx analyze', () => {
  let folder: string;
  let experiment: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-analyze-'));
    experiment = await writeSmallExperiment(folder);
    process.chdir(folder);
    process.env['SDX_STORE'] = path.join(folder, 'store');
    await publish(experiment, 'store', ['teacher']);
  });
  afterAll(async () => {
    process.chdir(root);
    delete process.env['SDX_STORE'];
    await rm(folder, { recursive: true });
  });

  it('refuses models that are not trained, and those that there are not', async () => {
    const untrained = await sdxInProcess('analyze', experiment);
    expect(untrained.exitCode).toBe(3);
    expect(untrained.stderr).toContain('the model sd is not trained yet: distill:sd is not in the store');
    expect(untrained.stderr).toContain(`sdx run ${experiment}`);
    const unknown = await sdxInProcess('analyze', experiment, 'teacher', 'sdd');
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('the experiment has no model sdd');
    expect(unknown.stderr).toContain('it has teacher, sd');
  });

  it('analyzes the models named, although others are not trained', async () => {
    const { exitCode, stdout } = await sdxInProcess('analyze', experiment, 'teacher', 'analyze.timesteps=2');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^small: error of the predicted noise\n\n +t +model +loss +low +high\n +1 +teacher /,
    );
    expect(stdout).not.toContain('wavelet');
  });

  it('compares students with the teacher, and shows gates', async () => {
    await publish(experiment, 'store', ['sd']);
    const args = [experiment, 'analyze.count=4', 'analyze.timesteps=3'];
    const { exitCode, stdout, stderr } = await sdxInProcess('analyze', ...args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('loss/teacher');
    expect(stdout).toMatch(/^999 +sd +[\d.]+ ±[\d.]+ /m);
    expect(stdout).toMatch(/^sd +WG-Up 4→8 +500 +0\.\d{3} ±0\.\d{3} /m);
    expect(stdout.split('\n').at(-1)).toBe('results/small/analysis/analysis.html');
    expect((await readdir('results/small/analysis')).sort()).toEqual([
      'analysis.html',
      'analysis.json',
      'gates.csv',
      'loss.csv',
    ]);
    const losses = await readFile('results/small/analysis/loss.csv', 'utf8');
    expect(losses.split('\n')[0]).toMatch(/^t,model,loss,loss_se,low,low_se,high,high_se,loss_ratio,/);
    expect(losses.trim().split('\n')).toHaveLength(1 + (3 + 1) * 3);

    const again = await sdxInProcess('analyze', ...args, '--json');
    const analysis = JSON.parse(again.stdout) as Analysis;
    expect(`${again.stdout}\n`).toBe(await readFile('results/small/analysis/analysis.json', 'utf8'));
    expect(analysis).toMatchObject({ experiment: 'small', count: 4, timesteps: [1, 500, 999], cutoff: 0.25 });
    for (const { losses: points } of analysis.models)
      for (const { loss, low, high } of points) expect(low.value + high.value).toBeCloseTo(loss.value, 6);
    const [teacher, sd] = analysis.models.map((model) => model.losses[0]!);
    expect(teacher).not.toHaveProperty('ratio');
    expect(sd!.ratio!.low.value).toBeCloseTo(sd!.low.value / teacher!.low.value, 12);
  });

  it('is no part of a run: the plan does not name it', async () => {
    const { stdout } = await sdxInProcess('plan', experiment, '--json');
    expect(stdout).not.toContain('analyze');
  });

  it('checks its settings as the file does', async () => {
    const { exitCode, stderr } = await sdxInProcess('analyze', experiment, 'analyze.counts=3');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('count');
  });
});
