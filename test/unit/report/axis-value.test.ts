import { expect, it } from 'vitest';
import { axisText, axisValue } from '../../../src/report/axis-value.ts';

it.each([
  ['learned', 'learned', 'learned'],
  [0.5, '0.5', 0.5],
  [true, 'true', true],
  [null, 'null', 'null'],
  [[1, 2], '[1,2]', '[1,2]'],
  [{ modelChannels: 8 }, 'modelChannels 8', '{"modelChannels":8}'],
  [
    { modelChannels: 8, freq: true, spatial: false, sample: { steps: 4 } },
    'modelChannels 8, freq, no spatial, sample.steps 4',
    '{"modelChannels":8,"freq":true,"spatial":false,"sample":{"steps":4}}',
  ],
  [{}, 'nothing', '{}'],
])('%j is shown as %s', (value, text, machine) => {
  expect(axisText(value)).toBe(text);
  expect(axisValue(value)).toBe(machine);
});
