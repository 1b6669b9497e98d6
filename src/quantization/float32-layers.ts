// Which layers stay float32. Errors of layers are taken as independent: their squares add up, which the squares of all layers
// together and of each alone confirm.

/** By layer: how far the network's output moves when that layer alone computes on integers. */
export type LayerErrors = ReadonlyMap<string, number>;

/** The least number of layers, the worst first, without which the others' errors together are at most `maxError`. */
export function float32Layers(errors: LayerErrors, maxError: number): string[] {
  const worstFirst = [...errors].sort(([, a], [, b]) => b - a);
  const left: string[] = [];
  let squares = worstFirst.reduce((sum, [, error]) => sum + error ** 2, 0);
  for (const [name, error] of worstFirst) {
    if (squares <= maxError ** 2) break;
    left.push(name);
    squares -= error ** 2;
  }
  return left;
}
