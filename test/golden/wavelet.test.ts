import { describe, expect, it } from 'vitest';
import { haarDwt, haarIdwt } from '../../src/models/wavelet/haar.ts';
import { waveletDown, waveletGate, waveletUp } from '../../src/models/wavelet/wavelet-gating.ts';
import { expectClose, float32, get, goldenEngines, goldenTensors, specsOf } from '../support/golden.ts';

const io = await goldenTensors('wavelet/io.safetensors');
const weights = Object.fromEntries(
  Object.entries(io)
    .filter(([name]) => name.includes('.conv.') || name.includes('.fre_att.'))
    .map(([name, tensor]) => [name, float32(tensor)]),
);

describe.each(goldenEngines())('wavelet on the $name engine', (engine) => {
  it('reproduces the Haar transforms, the gates, WG-Down and WG-Up', async () => {
    const inputs = { x: float32(get(io, 'x')) };
    const program = await engine.compile(
      ({ inputs, constants }) => {
        const x = get(inputs, 'x');
        return {
          outputs: {
            dwt: haarDwt(x),
            idwt: haarIdwt(haarDwt(x)),
            'down.gate': waveletGate(constants, 'down', x),
            'up.gate': waveletGate(constants, 'up', x),
            'down.out': waveletDown(constants, 'down', x, { wavelet: 'haar', fusion: 'conv' }),
            'up.out': waveletUp(constants, 'up', x, { wavelet: 'haar' }),
          },
        };
      },
      { constants: weights, inputs: specsOf(inputs) },
    );
    const outputs = await program.run(inputs);
    expect(Object.keys(outputs)).toHaveLength(6);
    for (const [name, output] of Object.entries(outputs)) expectClose(output, get(io, name), 1e-5, name);
    await program.dispose();
  });
});
