// The promise of the engine port: between two runs the event loop turns, so that signals and timers are heard.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { selectEngine } from '../../../src/engine/select-engine.ts';
import { tensorflowOrReason } from '../../support/tensorflow.ts';

const names: readonly Engine['name'][] = ['onnx', 'reference', 'tensorflow'];

for (const name of names) {
  const engine =
    name === 'tensorflow'
      ? tensorflowOrReason()
      : await selectEngine({ engine: name, device: 'cpu', threads: 1 });
  const missing = typeof engine === 'string';
  test.skipIf(missing)(
    `${name}: every run lets the event loop turn${missing ? ` (${engine})` : ''}`,
    async () => {
      if (typeof engine === 'string') return;
      const program = await engine.compile(
        ({ state, inputs }) => {
          const sum = tf.add(state['sum']!, inputs['x']!);
          return { state: { sum }, outputs: { sum } };
        },
        {
          state: { sum: { shape: [2], dtype: 'float32' } },
          inputs: { x: { shape: [2], dtype: 'float32' } },
        },
      );
      const tensor = (...values: number[]) => ({
        shape: [2],
        dtype: 'float32' as const,
        data: Float32Array.from(values),
      });
      program.setState({ sum: tensor(0, 0) });

      let turns = 0;
      const count = (): void => {
        turns++;
        counting = setImmediate(count);
      };
      let counting = setImmediate(count);
      try {
        for (let run = 1; run <= 5; run++) {
          const before = turns;
          const { sum } = await program.run({ x: tensor(1, 2) });
          expect(turns, `turns of the loop in run ${run}`).toBeGreaterThan(before);
          expect([...sum!.data]).toEqual([run, 2 * run]);
        }
      } finally {
        clearImmediate(counting);
        await program.dispose();
      }
    },
  );
}
