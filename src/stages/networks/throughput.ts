// Speed of a network as the paper's Fig. 6 measures it: time steps of a whole batch per second, mean of 30 runs.
import { sizeOf, type Engine } from '../../engine/engine.ts';
import { InterruptedError } from '../../errors.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unet, unetSpec } from '../../models/unet/unet.ts';
import { normal } from '../../rng/noise.ts';
import { randomParams } from '../training/random-params.ts';

export interface Throughput {
  /** Time steps per second, over the runs. */
  readonly mean: number;
  readonly sd: number;
  readonly runs: number;
  readonly batch: number;
}

const runs = 30;
const warmups = 2;

/** Times forward passes with random weights. Throws InterruptedError between runs when the signal aborts. */
export async function measureThroughput(
  engine: Engine,
  config: UNetConfig,
  batch: number,
  signal: AbortSignal,
  contextTokens = 1,
): Promise<Throughput> {
  const shape = [batch, config.inChannels, config.imageSize, config.imageSize];
  const float = (dims: readonly number[]) => ({ shape: dims, dtype: 'float32' as const });
  const contextDim = config.spatialTransformer?.contextDim;
  const contextSpec = contextDim === undefined ? {} : { context: float([batch, contextTokens, contextDim]) };
  const constants = randomParams(unetSpec(config), 0);
  const program = await engine.compile(
    ({ constants: weights, inputs: { x, t, context } }) => ({
      outputs: { epsilon: unet(weights, config, x!, t!, context && { context }).output },
    }),
    { constants, inputs: { x: float(shape), t: float([batch]), ...contextSpec } },
  );
  try {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const inputs = {
      x: { ...float(shape), data: normal(0, 'throughput', 0, 0, size) },
      t: { ...float([batch]), data: new Float32Array(batch).fill(500) },
      ...(contextSpec.context && {
        context: {
          ...contextSpec.context,
          data: normal(0, 'context', 0, 0, sizeOf(contextSpec.context.shape)),
        },
      }),
    };
    const speeds: number[] = [];
    for (let run = -warmups; run < runs; run++) {
      if (signal.aborted) throw new InterruptedError('interrupted');
      const started = performance.now();
      await program.run(inputs);
      if (run >= 0) speeds.push(1000 / (performance.now() - started));
    }
    const mean = speeds.reduce((sum, speed) => sum + speed, 0) / runs;
    const variance = speeds.reduce((sum, speed) => sum + (speed - mean) ** 2, 0) / (runs - 1);
    return { mean, sd: Math.sqrt(variance), runs, batch };
  } finally {
    await program.dispose();
  }
}
