// Labels of a tensor's elements, moved as the elements are: by axis where they depend on one index alone, else one by one.
import { elements } from '../graph/ir.ts';

/** No label. */
export const none = -1;

/** The labels of a tensor: along `axis`, one for each index, or (axis undefined) one for each element. */
export interface Labels {
  readonly axis: number | undefined;
  readonly labels: Int32Array;
}

export function alongAxis(axis: number, labels: Int32Array): Labels {
  return { axis, labels };
}

/** The label of each element of a tensor of `shape`. */
export function byElement({ axis, labels }: Labels, shape: readonly number[]): Int32Array {
  if (axis === undefined) return labels;
  const inner = elements(shape.slice(axis + 1));
  const extent = shape[axis]!;
  return Int32Array.from({ length: elements(shape) }, (_, i) => labels[Math.floor(i / inner) % extent]!);
}

/** The labels of elements in their shortest form: along an axis if one index decides; empty where there are none. */
export function shortest(found: Int32Array, shape: readonly number[]): readonly Labels[] {
  if (found.every((label) => label === none)) return [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    const inner = elements(shape.slice(axis + 1));
    const labels = Int32Array.from({ length: extent }, (_, i) => found[i * inner]!);
    if (found.every((label, i) => label === labels[Math.floor(i / inner) % extent]))
      return [alongAxis(axis, labels)];
  }
  return [{ axis: undefined, labels: found }];
}

/** Whether labels differ between elements that differ in `axis` alone. */
export function variesAlong(of: Labels, shape: readonly number[], axis: number): boolean {
  const extent = shape[axis]!;
  if (of.axis !== undefined) return of.axis === axis && of.labels.some((label) => label !== of.labels[0]);
  const inner = elements(shape.slice(axis + 1));
  return of.labels.some((label, i) => {
    const index = Math.floor(i / inner) % extent;
    return label !== of.labels[i - index * inner];
  });
}

/** Row-major distances between neighbours along each axis; 0 where an extent of 1 is spread over many. */
export function strides(shape: readonly number[]): number[] {
  return shape.map((extent, axis) => (extent === 1 ? 0 : elements(shape.slice(axis + 1))));
}

/**
 * The tensor of `shape` whose element at an index is that of `source` at `first` plus, along each axis, the index times the
 * step.
 */
export function gather(
  source: Int32Array,
  shape: readonly number[],
  steps: readonly number[],
  first = 0,
): Int32Array {
  const index = shape.map(() => 0);
  let at = first;
  return Int32Array.from({ length: elements(shape) }, () => {
    const label = source[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * steps[axis]!;
      index[axis] = 0;
    }
    return label;
  });
}
