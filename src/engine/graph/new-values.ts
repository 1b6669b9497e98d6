// Values for passes that add nodes to a graph.
import type { Graph, IrDType, Value } from './ir.ts';

/** Makes values with ids that `graph` does not have. */
export function newValues(graph: Graph): (shape: readonly number[], dtype: IrDType) => Value {
  const values = [
    ...graph.inputs.map(({ value }) => value),
    ...graph.constants.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  let next = values.reduce((most, { id }) => Math.max(most, id), -1) + 1;
  return (shape, dtype) => ({ id: next++, shape: [...shape], dtype });
}
