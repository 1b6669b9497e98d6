// Which channels of a network's parameters go together: found on its traced graph, without a name of a layer. A channel is one
// index of one axis of a parameter; two go together where the graph adds, multiplies or contracts one with the other, so that
// neither can be taken out alone. This is the dependency graph of structural pruning (Fang et al. 2023, arXiv:2301.12900),
// by elements: labels flow through the graph as the elements do, whatever is reshaped, cut or joined on the way.
import { InvariantError } from '../../errors.ts';
import { elements, type Graph, type Node, type Value } from '../graph/ir.ts';
import { alongAxis, byElement, gather, none, shortest, strides, variesAlong, type Labels } from './labels.ts';
import { Units } from './units.ts';

export interface Couplings {
  /** By parameter, then by axis: the unit of each index. Axes that are no channels (of filters) are left out. */
  readonly units: ReadonlyMap<string, readonly Int32Array[]>;
  /** Units that the outside knows: channels of the graph's other inputs and of its outputs. */
  readonly fixed: ReadonlySet<number>;
  /** Units whose elements are averaged together: the groups of each normalisation. */
  readonly pools: readonly (readonly (readonly number[])[])[];
  /** Units of each head of each attention. */
  readonly heads: readonly (readonly (readonly number[])[])[];
}

/** Axes of a parameter that are channels: [out, in, ...] of weights, the only one of norms and biases. */
const channelAxes = 2;

/**
 * The couplings of `graph`, of standard operators, for one sample. `parameterOf` gives the name of a parameter by the name
 * of its input. Throws InvariantError for an operator that this does not know.
 */
export function couplingsOf(graph: Graph, parameterOf: (input: string) => string | undefined): Couplings {
  return new Propagation(graph).run(parameterOf);
}

interface Transposes {
  readonly transA?: number;
  readonly transB?: number;
}

class Propagation {
  readonly #graph: Graph;
  readonly #units = new Units();
  readonly #labels = new Map<Value, readonly Labels[]>();
  /** The attention that a value is the weights of. */
  readonly #headOf = new Map<Value, number>();
  readonly #heads: number[][][] = [];
  readonly #pools: number[][][] = [];

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  run(parameterOf: (input: string) => string | undefined): Couplings {
    const units = new Map<string, Int32Array[]>();
    const outside: Int32Array[] = [];
    for (const { name, value } of this.#graph.inputs) {
      const parameter = parameterOf(name);
      // Others are [samples, channels, ...], or [samples, tokens, channels].
      const axes =
        parameter === undefined
          ? value.shape.length > 1
            ? [value.shape.length === 3 ? 2 : 1]
            : []
          : [...value.shape.keys()].slice(0, channelAxes);
      const labels = axes.map((axis) => this.#fresh(value.shape[axis]!));
      this.#labels.set(
        value,
        labels.map((label, i) => alongAxis(axes[i]!, label)),
      );
      if (parameter === undefined) outside.push(...labels);
      else units.set(parameter, labels);
    }
    for (const node of this.#graph.nodes) this.#visit(node);
    for (const { value } of this.#graph.outputs)
      for (const { labels } of this.#of(value)) outside.push(labels.filter((label) => label !== none));
    const rooted = (labels: Iterable<number>): number[] => [
      ...new Set(Array.from(labels, (label) => this.#units.rootOf(label))),
    ];
    return {
      units: new Map(
        [...units].map(([name, axes]) => [
          name,
          axes.map((labels) => labels.map((label) => this.#units.rootOf(label))),
        ]),
      ),
      fixed: new Set(outside.flatMap((labels) => rooted(labels))),
      pools: this.#pools.map((pools) => pools.map(rooted)),
      heads: this.#heads.map((heads) => heads.map(rooted)),
    };
  }

  #fresh(count: number): Int32Array {
    const first = this.#units.add(count);
    return Int32Array.from({ length: count }, (_, i) => first + i);
  }

  #of(value: Value | null | undefined): readonly Labels[] {
    return (value && this.#labels.get(value)) ?? [];
  }

  #visit(node: Node): void {
    const [output] = node.outputs as readonly [Value];
    const [attention] = node.inputs.flatMap((input) => (input && this.#headOf.get(input)) ?? []);
    const found = this.#labelsOf(node, output);
    if (found.length > 0) this.#labels.set(output, found);
    // What is done to an attention's weights leaves their heads.
    if (attention !== undefined && node.op !== 'MatMul') this.#headOf.set(output, attention);
  }

  #labelsOf(node: Node, output: Value): readonly Labels[] {
    const { op, inputs, attributes } = node;
    const [first, second] = inputs as readonly Value[];
    switch (op) {
      case 'Add':
      case 'Sub':
      case 'Mul':
      case 'Div':
        return this.#elementwise(first!, second!, output);
      case 'Sigmoid':
      case 'Erf':
      case 'Sqrt':
      case 'Reciprocal':
      case 'Softmax':
      case 'Cos':
      case 'Sin':
      case 'Cast':
      case 'Identity':
        return this.#of(first);
      case 'AveragePool':
      case 'Resize':
        return this.#of(first).map((of) => {
          if (of.axis === undefined || of.axis > 1) throw unknown(node);
          return of;
        });
      case 'Reshape':
        return this.#moved(first!, output, (labels) => labels);
      case 'Transpose': {
        const distances = strides(first!.shape);
        const steps = (attributes['perm'] as readonly number[]).map((axis) => distances[axis]!);
        return this.#moved(first!, output, (labels) => gather(labels, output.shape, steps));
      }
      case 'Slice': {
        const [starts, , axes, steps] = inputs.slice(1).map((input) => input && this.#integers(input));
        const from = output.shape.map((_, axis) => {
          const at = (axes ?? [...output.shape.keys()]).indexOf(axis);
          if ((steps?.[at] ?? 1) !== 1) throw unknown(node);
          const start = at < 0 ? 0 : starts![at]!;
          return start < 0 ? start + first!.shape[axis]! : start;
        });
        const distances = strides(first!.shape);
        const corner = from.reduce((sum, start, axis) => sum + start * distances[axis]!, 0);
        return this.#moved(first!, output, (labels) => gather(labels, output.shape, distances, corner));
      }
      case 'Concat':
        return this.#concatenated(inputs as readonly Value[], output, attributes['axis'] as number);
      case 'ReduceMean':
        return this.#averaged(node, first!, output);
      case 'Conv': {
        if (attributes['group'] !== undefined && attributes['group'] !== 1) throw unknown(node);
        const [outs, ins] = this.#of(second);
        this.#uniteAxes(this.#of(first), 1, ins, node);
        if (outs) this.#uniteAxes(this.#of(inputs[2]), 0, outs, node);
        return outs ? [alongAxis(1, outs.labels)] : [];
      }
      case 'Gemm': {
        const found = this.#product(first!, second!, output, attributes);
        const [, , bias] = inputs;
        if (!bias) return found;
        this.#labels.set(output, found);
        return this.#elementwise(output, bias, output);
      }
      case 'MatMul':
        return this.#product(first!, second!, output);
      default:
        throw unknown(node);
    }
  }

  #moved(input: Value, output: Value, move: (labels: Int32Array) => Int32Array): readonly Labels[] {
    return this.#of(input).flatMap((of) => shortest(move(byElement(of, input.shape)), output.shape));
  }

  #elementwise(a: Value, b: Value, output: Value): readonly Labels[] {
    const [x, y] = [a, b].map((value) =>
      this.#of(value).map((of) => spread(byElement(of, value.shape), value.shape, output.shape)),
    ) as [Int32Array[], Int32Array[]];
    if (x.length > 1 || y.length > 1) throw new InvariantError('two kinds of channels in one tensor');
    const [left, right] = [x[0], y[0]];
    if (left === undefined || right === undefined) {
      const either = left ?? right;
      return either ? shortest(either, output.shape) : [];
    }
    for (const [i, label] of left.entries())
      if (label !== none && right[i] !== none && label !== right[i]) this.#units.unite(label, right[i]!);
    return shortest(
      left.map((label, i) => (label === none ? right[i]! : label)),
      output.shape,
    );
  }

  #concatenated(inputs: readonly Value[], output: Value, axis: number): readonly Labels[] {
    const outer = elements(output.shape.slice(0, axis));
    const parts = inputs.map((input) => {
      const [of, another] = this.#of(input);
      if (another) throw new InvariantError('two kinds of channels in one tensor');
      const size = elements(input.shape) / outer;
      return { size, labels: of ? byElement(of, input.shape) : new Int32Array(outer * size).fill(none) };
    });
    const joined = new Int32Array(elements(output.shape));
    let at = 0;
    for (let row = 0; row < outer; row++)
      for (const { size, labels } of parts) {
        joined.set(labels.subarray(row * size, (row + 1) * size), at);
        at += size;
      }
    return shortest(joined, output.shape);
  }

  #averaged(node: Node, input: Value, output: Value): readonly Labels[] {
    const axes = new Set(
      this.#integers(node.inputs[1]!).map((axis) => (axis + input.shape.length) % input.shape.length),
    );
    const kept = input.shape.map((extent, axis) => (axes.has(axis) ? 1 : extent));
    const means = Int32Array.from({ length: elements(kept) }, (_, i) => i);
    /** By element of the input the element of the output that it goes into. */
    const meanOf = gather(means, input.shape, strides(kept));
    return this.#of(input).flatMap((of) => {
      const members = Array.from(means, () => new Set<number>());
      for (const [i, label] of byElement(of, input.shape).entries())
        if (label !== none) members[meanOf[i]!]!.add(label);
      const pools = new Map(
        members.filter(({ size }) => size > 1).map((pool) => [[...pool].join(), [...pool]]),
      );
      if (pools.size > 0) this.#pools.push([...pools.values()]);
      return shortest(
        Int32Array.from(members, (pool) => (pool.size === 1 ? [...pool][0]! : none)),
        output.shape,
      );
    });
  }

  /** Unites labels along `axis` with those of a parameter's axis, index by index. */
  #uniteAxes(all: readonly Labels[], axis: number, other: Labels | undefined, node: Node): void {
    for (const of of all) {
      if (of.axis !== axis) throw unknown(node);
      for (const [i, label] of of.labels.entries()) {
        const partner = other?.labels[i];
        if (label !== none && partner !== undefined && partner !== none) this.#units.unite(label, partner);
      }
    }
  }

  /** A product of matrices, or of batches of them: channels along which is summed go together, the others stay. */
  #product(a: Value, b: Value, output: Value, { transA, transB }: Transposes = {}): readonly Labels[] {
    const batches = elements(output.shape.slice(0, -2));
    const sides = [
      { value: a, summed: transA === 1 ? 0 : 1, to: 2 },
      { value: b, summed: transB === 1 ? 1 : 0, to: 1 },
    ].flatMap(({ value, summed, to }) => {
      const [rows, columns] = value.shape.slice(-2) as [number, number];
      const own = elements(value.shape.slice(0, -2)) === 1 ? 0 : rows * columns;
      return this.#of(value).map((of) => {
        const isSummed = variesAlong(of, value.shape, value.shape.length - 2 + summed);
        const axis = isSummed ? summed : 1 - summed;
        const [extent, step] = axis === 0 ? [rows, columns] : [columns, 1];
        const labels = byElement(of, value.shape);
        /** Labels of a matrix of the batch, along that axis. */
        const ofBatch = (batch: number): number[] =>
          Array.from({ length: extent }, (_, i) => labels[batch * own + i * step]!);
        return { value, isSummed, ofBatch, to: output.shape.length - to };
      });
    });
    const summed = sides.filter(({ isSummed }) => isSummed);
    for (let batch = 0; batch < batches; batch++) {
      const [one, ...others] = summed.map(({ ofBatch }) => ofBatch(batch));
      for (const other of others)
        for (const [i, label] of other.entries())
          if (label !== none && one![i] !== none) this.#units.unite(label, one![i]!);
    }
    // Both sides have channels there: the weights of an attention, whose batch are the heads.
    if (new Set(summed.map(({ value }) => value)).size === 2 && batches > 1) {
      const members = Array.from({ length: batches }, (_, batch) =>
        summed.flatMap(({ ofBatch }) => ofBatch(batch).filter((label) => label !== none)),
      );
      this.#headOf.set(output, this.#heads.push(members) - 1);
    }
    const attention = this.#headOf.get(a) ?? this.#headOf.get(b);
    return sides
      .filter(({ isSummed }) => !isSummed)
      .flatMap(({ ofBatch, to }) => {
        const all = Array.from({ length: batches }, (_, batch) => ofBatch(batch));
        if (attention !== undefined)
          for (const [batch, labels] of all.entries())
            this.#heads[attention]![batch]!.push(...labels.filter((label) => label !== none));
        const rank = output.shape.length;
        const along = output.shape.map((extent, axis) => (axis < rank - 2 || axis === to ? extent : 1));
        return shortest(spread(Int32Array.from(all.flat()), along, output.shape), output.shape);
      });
  }

  #integers(value: Value): number[] {
    const data = this.#graph.constants.get(value);
    if (data === undefined) throw new InvariantError('an argument of a shape is not constant');
    return data.kind === 'uniform'
      ? Array.from({ length: elements(value.shape) }, () => data.value)
      : Array.from(data.data as ArrayLike<number | bigint>, Number);
  }
}

/** Labels of a tensor of shape `from` as broadcasting spreads it over `to`. */
function spread(labels: Int32Array, from: readonly number[], to: readonly number[]): Int32Array {
  if (elements(from) === elements(to)) return labels;
  const padded = [...Array.from({ length: to.length - from.length }, () => 1), ...from];
  return gather(labels, to, strides(padded));
}

function unknown({ op, domain }: Node): InvariantError {
  return new InvariantError(`nobody knows how channels pass ${domain}${op}`);
}
