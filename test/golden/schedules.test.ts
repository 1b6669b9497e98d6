import { describe, expect, it } from 'vitest';
import { ddimSchedule, scaledLinearSchedule } from '../../src/diffusion/schedule.ts';
import { sinusoidalEmbedding } from '../../src/models/unet/timestep-embedding.ts';
import { expectClose, get, goldenEngines, goldenTensors, int32, specsOf } from '../support/golden.ts';

const io = await goldenTensors('schedules/io.safetensors');

/** Noise ranges of the public models (latent-diffusion's model configurations). */
const schedules = [
  { name: 'ffhq', linearStart: 0.0015, linearEnd: 0.0195 },
  { name: 'church', linearStart: 0.0015, linearEnd: 0.0155 },
  { name: 'text', linearStart: 0.00085, linearEnd: 0.012 },
];

describe.each(schedules)('$name', ({ name, ...ends }) => {
  const schedule = scaledLinearSchedule({ ...ends, timesteps: 1000 });

  it('has the betas and alphaBar of the reference', () => {
    expectClose(schedule.betas, get(io, `${name}.betas`), 1e-12);
    expectClose(schedule.alphaBar, get(io, `${name}.alphas_cumprod`), 1e-12);
  });

  it.each([
    [10, 0],
    [10, 1],
    [50, 0],
    [50, 1],
    [200, 0],
    [200, 1],
  ])('takes the same %i DDIM steps at eta %i', (steps, eta) => {
    const run = ddimSchedule(schedule, steps, eta);
    const golden = (what: string) => get(io, `${name}.ddim${steps}.${what}`);
    expect(run.map(({ timestep }) => timestep)).toEqual([...golden('timesteps').data]);
    expectClose(
      run.map(({ alphaBarPrev }) => alphaBarPrev),
      golden(`eta${eta}.alphas_prev`),
      1e-12,
    );
    const sigmas = run.map(({ sigma }) => sigma);
    if (eta === 0) expect(sigmas).toEqual([...golden('eta0.sigmas').data]);
    else expectClose(sigmas, golden('eta1.sigmas'), 1e-12);
  });
});

describe.each(goldenEngines())('timestep embedding on the $name engine', (engine) => {
  it.each([64, 33])('of width %i', async (width) => {
    const inputs = { t: int32(get(io, 'timestep_embedding.t')) };
    const program = await engine.compile(
      ({ inputs }) => ({ outputs: { embedding: sinusoidalEmbedding(get(inputs, 't'), width) } }),
      { inputs: specsOf(inputs) },
    );
    const { embedding } = await program.run(inputs);
    expectClose(embedding, get(io, `timestep_embedding.dim${width}`), 1e-4);
    await program.dispose();
  });
});
