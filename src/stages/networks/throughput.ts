// Speed of a network as the paper's Fig. 6 measures it: time steps of a whole batch per second, mean of 30 runs.
import { sizeOf, type Engine, type HostTensor, type TensorSpec } from '../../engine/engine.ts';
import { InterruptedError } from '../../errors.ts';
import { traceableUnet } from '../../models/unet/traceable-unet.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
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
  const { specs, inputs: specsOfInputs, apply } = traceableUnet(config, contextTokens, batch);
  const constants = randomParams(specs, 0);
  const program = await engine.compile(
    ({ constants: weights, inputs }) => ({ outputs: apply(weights, inputs) }),
    { constants, inputs: specsOfInputs },
  );
  try {
    const { x, t, context } = specsOfInputs;
    const drawn = (spec: TensorSpec, stream: string): HostTensor => ({
      ...spec,
      data: normal(0, stream, 0, 0, sizeOf(spec.shape)),
    });
    const inputs = {
      x: drawn(x!, 'throughput'),
      t: { ...t!, data: new Float32Array(batch).fill(500) },
      ...(context && { context: drawn(context, 'context') }),
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
