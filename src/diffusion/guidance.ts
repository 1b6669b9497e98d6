// Classifier-free guidance: one prediction with the condition, one without, extrapolated.

/** unconditional + scale * (conditional - unconditional); scale 1 is the conditional prediction. */
export function guide(unconditional: Float32Array, conditional: Float32Array, scale: number): Float32Array {
  return unconditional.map((value, i) => value + scale * (conditional[i]! - value));
}

/** `guide` for predictions of one doubled batch: the unconditional half first, then the conditional half. */
export function guideStacked(predictions: Float32Array, scale: number): Float32Array {
  const half = predictions.length / 2;
  return guide(predictions.subarray(0, half), predictions.subarray(half), scale);
}

/** A batch beside itself, as the input of a stacked prediction. */
export function stack(x: Float32Array, y: Float32Array = x): Float32Array {
  const both = new Float32Array(x.length + y.length);
  both.set(x);
  both.set(y, x.length);
  return both;
}
