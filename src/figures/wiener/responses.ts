// Proposition 1: the linear filter that predicts the noise best, by frequency. Written down twice where the paper can be
// read twice: Eq. 6 as printed lacks the factor sqrt(1 - alphaBar) that follows from Eq. 2 (docs/paper-map.md, errata).

/** What the filter is a function of: the power of x0 at a frequency, and how much of x0 is left in x_t. */
export interface NoiseLevel {
  readonly power: number;
  readonly alphaBar: number;
}

/** E|X_t|^2 = alphaBar |X0|^2 + 1 - alphaBar, for white noise of variance 1. */
export function noisyPower({ power, alphaBar }: NoiseLevel): number {
  return alphaBar * power + 1 - alphaBar;
}

/** Eq. 6 with its numerator: the H that minimises E|H X_t - epsilon|^2. */
export function wienerResponse(level: NoiseLevel): number {
  return Math.sqrt(1 - level.alphaBar) / noisyPower(level);
}

/** Eq. 6 as printed: 1 / (alphaBar |X0|^2 + 1 - alphaBar). */
export function printedResponse(level: NoiseLevel): number {
  return 1 / noisyPower(level);
}

/**
 * alphaBar |X0|^2 / (alphaBar |X0|^2 + 1 - alphaBar): the share of X_t that is signal. It is the response of the filter that
 * restores the signal, 1 - sqrt(1 - alphaBar) H (section 4.1), and also E|H X_t - epsilon|^2, the error that no
 * filter goes below.
 */
export function wienerGain(level: NoiseLevel): number {
  return (level.alphaBar * level.power) / noisyPower(level);
}

/** What the text of section 4.1 plots, of either reading of H. */
export function textCurve(response: number, alphaBar: number): number {
  return 1 - Math.sqrt(1 - alphaBar) * response;
}

/** What the caption of Fig. 3 plots, of either reading of H. */
export function captionCurve(response: number, alphaBar: number): number {
  return 1 - (1 - alphaBar) * response ** 2;
}

/** The frequency at which the gain is 1/2 where |X0|^2 = 1 / f^2: sqrt(alphaBar / (1 - alphaBar)). */
export function halfGainFrequency(alphaBar: number): number {
  return Math.sqrt(alphaBar / (1 - alphaBar));
}
