import { describe, expect, it } from 'vitest';
import {
  captionCurve,
  halfGainFrequency,
  noisyPower,
  printedResponse,
  textCurve,
  wienerGain,
  wienerResponse,
} from '../../../../src/figures/wiener/responses.ts';

describe('the Wiener filter of Proposition 1', () => {
  it('gives half of the signal back where signal and noise have the same power', () => {
    for (const alphaBar of [0.01, 0.5, 0.9]) {
      const power = (1 - alphaBar) / alphaBar;
      expect(wienerGain({ power, alphaBar })).toBeCloseTo(0.5, 12);
      expect(wienerResponse({ power, alphaBar })).toBeCloseTo(1 / (2 * Math.sqrt(1 - alphaBar)), 12);
      expect(halfGainFrequency(alphaBar)).toBeCloseTo(1 / Math.sqrt(power), 12);
    }
  });

  it('has the least error of all responses, which is the gain', () => {
    const level = { power: 3, alphaBar: 0.7 };
    // E|h X_t - epsilon|^2 = h^2 E|X_t|^2 - 2 h sqrt(1 - alphaBar) + 1.
    const error = (h: number): number =>
      h ** 2 * noisyPower(level) - 2 * h * Math.sqrt(1 - level.alphaBar) + 1;
    const best = wienerResponse(level);
    expect(error(best)).toBeCloseTo(wienerGain(level), 12);
    for (const other of [best - 0.01, best + 0.01, printedResponse(level)])
      expect(error(other)).toBeGreaterThan(error(best));
  });

  it('lies between 0 and 1 in both of the curves that the paper names, which the print does not', () => {
    const alphaBar = 0.1;
    const ends = [1e9, 0].map((power) => wienerResponse({ power, alphaBar }));
    expect(ends.map((h) => textCurve(h, alphaBar)).map((y) => y.toFixed(6))).toEqual([
      '1.000000',
      '0.000000',
    ]);
    expect(ends.map((h) => captionCurve(h, alphaBar)).map((y) => y.toFixed(6))).toEqual([
      '1.000000',
      '0.000000',
    ]);
    const printed = printedResponse({ power: 0, alphaBar });
    expect(captionCurve(printed, alphaBar)).toBeCloseTo(-0.11, 2);
    expect(textCurve(printed, alphaBar)).toBeCloseTo(-0.05, 2);
  });
});
