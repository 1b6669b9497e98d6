// Which layers stay float32. Errors of layers are taken as independent: their squares add up, which the squares of all layers
// together and of each alone confirm.

/** By layer: how far the network's output moves when that layer alone computes on integers. */
export type LayerErrors = ReadonlyMap<string, number>;

export function worstFirst(errors: LayerErrors): string[] {
  return [...errors].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

/** How many of the worst layers have to stay float32 for the others' errors together to be at most `maxError`. */
export function float32Count(errors: LayerErrors, maxError: number): number {
  const squares = worstFirst(errors).map((name) => errors.get(name)! ** 2);
  const from = (first: number): number => squares.slice(first).reduce((sum, square) => sum + square, 0);
  const count = squares.findIndex((_, first) => from(first) <= maxError ** 2);
  return count < 0 ? squares.length : count;
}
