// Noised latents (Eq. 2) as programs take them: latents, noise, timesteps, and how much of each there is at these.
import { forwardCoefficients } from '../../diffusion/forward-process.ts';
import type { Schedule } from '../../diffusion/schedule.ts';
import type { TensorSpec } from '../../engine/engine.ts';

type NoisedBatch<T> = Readonly<
  Record<'x0' | 'epsilon' | 'timesteps' | 'sqrtAlphaBar' | 'sqrtOneMinusAlphaBar', T>
>;

interface Float32Tensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32';
  readonly data: Float32Array;
}

/** The shapes of `samples` latents of `shape` [C, H, W]: x0 and epsilon [samples, C, H, W], the others [samples], float32. */
export function noisedSpecs(samples: number, shape: readonly number[]): NoisedBatch<TensorSpec> {
  const latents: TensorSpec = { shape: [samples, ...shape], dtype: 'float32' };
  const vector: TensorSpec = { shape: [samples], dtype: 'float32' };
  return {
    x0: latents,
    epsilon: latents,
    timesteps: vector,
    sqrtAlphaBar: vector,
    sqrtOneMinusAlphaBar: vector,
  };
}

/** The batch of x0 and epsilon, of as many latents of `shape` as there are timesteps. */
export function noisedInputs(
  schedule: Schedule,
  shape: readonly number[],
  timesteps: ArrayLike<number>,
  { x0, epsilon }: { readonly x0: Float32Array; readonly epsilon: Float32Array },
): NoisedBatch<Float32Tensor> {
  const latents = (data: Float32Array): Float32Tensor => ({
    shape: [timesteps.length, ...shape],
    dtype: 'float32',
    data,
  });
  const vector = (data: Float32Array): Float32Tensor => ({ shape: [data.length], dtype: 'float32', data });
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = forwardCoefficients(schedule, timesteps);
  return {
    x0: latents(x0),
    epsilon: latents(epsilon),
    timesteps: vector(Float32Array.from(timesteps)),
    sqrtAlphaBar: vector(sqrtAlphaBar),
    sqrtOneMinusAlphaBar: vector(sqrtOneMinusAlphaBar),
  };
}
