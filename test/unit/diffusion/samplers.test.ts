// All samplers beside each other, on data for which the noise in x_t is known in closed form.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionEvaluations, samplers, type SamplerName } from '../../../src/diffusion/samplers.ts';
import { predictedX0, type SamplerProgress } from '../../../src/diffusion/sampling-run.ts';
import { scaledLinearSchedule } from '../../../src/diffusion/schedule.ts';
import { normal } from '../../../src/rng/noise.ts';
import { noiseOfPair, type GaussianPair } from '../../support/gaussian-pair.ts';
import { root } from '../../support/root.ts';

const schedule = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 });
const xT = normal(1, 'test', 0, 0, 32);
const names = Object.keys(samplers) as SamplerName[];
const pair: GaussianPair = { mean: 1, deviation: 0.5 };
const gaussian: GaussianPair = { mean: 0, deviation: 0.5 };

interface Watched {
  readonly x0: Float32Array;
  readonly told: readonly SamplerProgress[];
  /** Timesteps of the noise predictions. */
  readonly asked: readonly number[];
  /** Steps whose noise was asked for. */
  readonly drawn: readonly number[];
}

async function watch(
  name: SamplerName,
  steps: number,
  {
    data = pair,
    eta = 0,
    setAlphaToOne = false,
  }: { readonly data?: GaussianPair; readonly eta?: number; readonly setAlphaToOne?: boolean } = {},
): Promise<Watched> {
  const predict = noiseOfPair(data, schedule);
  const [told, asked, drawn]: [SamplerProgress[], number[], number[]] = [[], [], []];
  const x0 = await samplers[name].sample({
    ...{ schedule, steps, eta, setAlphaToOne, xT },
    predictEpsilon: (x, t) => {
      asked.push(t);
      return predict(x, t);
    },
    noise: (index) => {
      drawn.push(index);
      return normal(1, 'test', 1 + index, 0, xT.length);
    },
    onStep: (progress) => {
      told.push(progress);
    },
  });
  return { x0, told, asked, drawn };
}

function largest(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

it('are those of the schema', async () => {
  const text = await readFile(path.join(root, 'schemas/experiment.schema.json'), 'utf8');
  const { definitions } = JSON.parse(text) as {
    definitions: Record<string, { properties: Record<string, { enum: string[] }> }>;
  };
  for (const settings of ['sample', 'modelSampling'])
    expect(definitions[settings]!.properties['sampler']!.enum).toEqual(names);
});

describe.each(names)('%s', (name) => {
  it('ends at the x0 that its last step predicts, where it is told so', async () => {
    const { x0, told } = await watch(name, 5, { setAlphaToOne: true });
    const { from, epsilon, timestep } = told.at(-1)!;
    const bound = name === 'lcm' ? 1e-4 : 1e-6; // its boundary condition keeps a trace of the latents
    expect(largest(x0, predictedX0(from, epsilon, schedule.alphaBar[timestep]!))).toBeLessThan(bound);
    const { x0: usual } = await watch(name, 5);
    expect(largest(x0, usual) > 0).toBe(!samplers[name].endsAtX0);
  });

  it('goes down the timesteps, tells of each step, and predicts as often as it is said to', async () => {
    for (const steps of [1, 2, 5]) {
      const { told, asked, x0 } = await watch(name, steps);
      expect(asked).toHaveLength(functionEvaluations(name, steps));
      const stride = 1000 / steps;
      const first = name === 'lcm' ? stride - 1 : 1; // lcm starts at the last timestep, the others end at the first
      expect(told.map(({ timestep }) => timestep)).toEqual(
        Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + first),
      );
      expect(told.map(({ index, count }) => [index, count])).toEqual(told.map((_, i) => [i, steps]));
      expect(told[0]!.from).toBe(xT);
      expect(told.at(-1)!.x).toBe(x0);
      const predict = noiseOfPair(pair, schedule);
      for (const { from, epsilon, timestep } of told) expect(await predict(from, timestep)).toEqual(epsilon);
    }
  });

  it('draws the noise of every step but the last, or none', async () => {
    const { drawn } = await watch(name, 5);
    expect(drawn).toEqual(samplers[name].addsNoise ? [0, 1, 2, 3] : []);
  });
});

describe('the probability flow', () => {
  /** How far x is from the exact flow at timestep 1: for Gaussian data, x over its standard deviation stays as it is. */
  async function error(name: SamplerName, steps: number): Promise<number> {
    const { told } = await watch(name, steps, { data: gaussian });
    const deviation = (t: number): number =>
      Math.sqrt(schedule.alphaBar[t]! * gaussian.deviation ** 2 + 1 - schedule.alphaBar[t]!);
    const { from, timestep } = told.at(-1)!;
    const factor = deviation(timestep) / deviation(told[0]!.timestep);
    expect(timestep).toBe(1);
    return largest(
      from,
      xT.map((value) => value * factor),
    );
  }

  it.each([
    ['ddim', 0.9, 1.1],
    ['heun', 1.85, 2.1],
    ['dpm-solver++', 1.6, 2.1], // its first step is of first order
  ] as const)('is approached by %s with order %d to %d', async (name, least, most) => {
    const order = Math.log((await error(name, 100)) / (await error(name, 500))) / Math.log(5);
    expect(order).toBeGreaterThan(least);
    expect(order).toBeLessThan(most);
  });

  it('is met better by the methods of second order at as many predictions', async () => {
    const ddim = await error('ddim', 50);
    expect(await error('dpm-solver++', 50)).toBeLessThan(0.8 * ddim);
    expect(await error('heun', 25)).toBeLessThan(0.4 * ddim);
  });

  it('is followed by all alike in many steps', async () => {
    const { x0 } = await watch('heun', 250);
    expect(largest((await watch('ddim', 500)).x0, x0)).toBeLessThan(0.02);
    expect(largest((await watch('dpm-solver++', 500)).x0, x0)).toBeLessThan(0.005);
  });
});

describe('single steps', () => {
  it("DPM-Solver++'s first and last are DDIM's, and those between are not", async () => {
    const predictions = (await watch('dpm-solver++', 4)).told;
    const ddim = await watch('ddim', 4);
    expect(largest(predictions[0]!.x, ddim.told[0]!.x)).toBeLessThan(1e-6);
    expect(largest(predictions[1]!.x, ddim.told[1]!.x)).toBeGreaterThan(0.01);
    const { from, epsilon, x } = predictions[3]!;
    const [now, before] = [schedule.alphaBar[1]!, schedule.alphaBar[0]!];
    const expected = from.map((value, i) => {
      const x0 = (value - Math.sqrt(1 - now) * epsilon[i]!) / Math.sqrt(now);
      return Math.sqrt(before) * x0 + Math.sqrt(1 - before) * epsilon[i]!;
    });
    expect(largest(x, expected)).toBeLessThan(1e-6);
  });

  it("Heun's corrects with a prediction at the next timestep, and its last is DDIM's", async () => {
    expect((await watch('heun', 4)).asked).toEqual([751, 501, 501, 251, 251, 1, 1]);
    expect((await watch('heun', 1)).x0).toEqual((await watch('ddim', 1)).x0);
  });

  it("ancestral ones are DDIM's of eta 1, but for the last, which goes to the predicted x0", async () => {
    const [ancestral, ddim] = [await watch('ancestral', 10), await watch('ddim', 10, { eta: 1 })];
    for (const [i, { from }] of ancestral.told.entries())
      expect(largest(from, ddim.told[i]!.from)).toBeLessThan(1e-5);
    const { from, epsilon, x } = ancestral.told.at(-1)!;
    const level = schedule.alphaBar[1]!;
    const x0 = from.map((value, i) => (value - Math.sqrt(1 - level) * epsilon[i]!) / Math.sqrt(level));
    expect(largest(x, x0)).toBeLessThan(1e-6);
  });
});
