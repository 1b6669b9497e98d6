import { describe, expect, it } from 'vitest';
import { sampleDdim } from '../../src/diffusion/ddim.ts';
import { forwardCoefficients, qSample } from '../../src/diffusion/forward-process.ts';
import { doubled, guide } from '../../src/diffusion/guidance.ts';
import { scaledLinearSchedule } from '../../src/diffusion/schedule.ts';
import type { Engine, HostTensor, HostTensors, TensorSpecs } from '../../src/engine/engine.ts';
import { unet } from '../../src/models/unet/unet.ts';
import {
  expectClose,
  fastGoldenEngines,
  float32,
  get,
  goldenEngines,
  goldenJson,
  goldenTensors,
  goldenWeights,
  specsOf,
} from '../support/golden.ts';
import { unetConfigFromLdm } from '../support/networks/ldm-config.ts';

interface Case {
  params: Record<string, unknown>;
  linear_start: number;
  linear_end: number;
  timesteps: number;
}

describe.each(['unet-uncond', 'unet-church', 'unet-class', 'unet-text'])('%s', async (name) => {
  const golden = goldenJson(`${name}/case.json`) as Case;
  const config = unetConfigFromLdm(golden.params);
  const io = await goldenTensors(`${name}/io.safetensors`);
  const schedule = scaledLinearSchedule({
    linearStart: golden.linear_start,
    linearEnd: golden.linear_end,
    timesteps: golden.timesteps,
  });

  it.each(goldenEngines())('forward process on the $name engine', async (engine) => {
    const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = forwardCoefficients(schedule, get(io, 't').data);
    const batch = [sqrtAlphaBar.length];
    const inputs: HostTensors = {
      x0: float32(get(io, 'x0')),
      eps: float32(get(io, 'eps')),
      sqrtAlphaBar: { shape: batch, dtype: 'float32', data: sqrtAlphaBar },
      sqrtOneMinusAlphaBar: { shape: batch, dtype: 'float32', data: sqrtOneMinusAlphaBar },
    };
    const program = await engine.compile(
      ({ inputs: { x0, eps, sqrtAlphaBar, sqrtOneMinusAlphaBar } }) => ({ outputs: { xt: qSample(x0!, eps!, sqrtAlphaBar!, sqrtOneMinusAlphaBar!) } }),
      { inputs: specsOf(inputs) },
    );
    expectClose((await program.run(inputs))['xt'], get(io, 'xt'), 1e-6);
    await program.dispose();
  });

  // Fifty network calls: too slow on the reference engine.
  it.each(fastGoldenEngines())('DDIM trajectories on the $name engine', async (engine) => {
    const context = io['context'];
    const predict = await compilePredictor(engine, context && float32(context));
    const run = {
      schedule,
      steps: 10,
      xT: float32(get(io, 'ddim10.xT')).data as Float32Array,
      predictEpsilon: predict,
      noise: () => new Float32Array(0),
    };
    const visited: number[] = [];
    const onStep = ({ timestep }: { timestep: number }): void => void visited.push(timestep);
    expectClose(await sampleDdim({ ...run, eta: 0, onStep }), get(io, 'ddim10.x0'), 1e-4, 'eta 0');
    expect(visited.reverse()).toEqual([...get(io, 'ddim10.timesteps').data]);

    const noises = float32(get(io, 'ddim10.eta1.noises')).data as Float32Array;
    const noise = (k: number) => noises.subarray(k * run.xT.length, (k + 1) * run.xT.length);
    expectClose(await sampleDdim({ ...run, eta: 1, noise }), get(io, 'ddim10.eta1.x0'), 1e-4, 'eta 1');

    const uncond = io['ddim10.cfg3.uncond'];
    if (uncond === undefined) return;
    const predictEpsilon = await compilePredictor(engine, batchOf(float32(uncond), float32(context!)), 3);
    expectClose(await sampleDdim({ ...run, eta: 0, predictEpsilon }), get(io, 'ddim10.cfg3.x0'), 1e-4, 'cfg');
  });

  /** The predicted noise for latents and a timestep; with `scale`, `context` is that of a doubled batch. */
  async function compilePredictor(engine: Engine, context: HostTensor | undefined, scale?: number) {
    const { shape } = get(io, 'ddim10.xT');
    const inputs: TensorSpecs = {
      x: { shape, dtype: 'float32' },
      t: { shape: [shape[0]!], dtype: 'float32' },
      ...(context && { context: { shape: context.shape, dtype: 'float32' } }),
    };
    const program = await engine.compile(
      ({ inputs: { x, t, context }, constants }) => {
        const told = context && { context };
        if (scale === undefined) return { outputs: { eps: unet(constants, config, x!, t!, told).output } };
        const both = unet(constants, config, doubled(x!), doubled(t!), told).output;
        return { outputs: { eps: guide(both, scale) } };
      },
      { constants: await goldenWeights(name, 'model.diffusion_model.'), inputs },
    );
    return async (x: Float32Array, timestep: number): Promise<Float32Array> => {
      const t = new Float32Array(shape[0]!).fill(timestep);
      const outputs = await program.run({
        x: { shape, dtype: 'float32', data: x },
        t: { shape: [t.length], dtype: 'float32', data: t },
        ...(context && { context }),
      });
      return get(outputs, 'eps').data as Float32Array;
    };
  }
});

/** Tensors of one shape as one batch. */
function batchOf(a: HostTensor, b: HostTensor): HostTensor {
  const [batch, ...rest] = a.shape;
  return { shape: [2 * batch!, ...rest], dtype: 'float32', data: Float32Array.from([...a.data, ...b.data]) };
}
