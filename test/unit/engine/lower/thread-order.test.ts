// Products and sums that ONNX Runtime would add up in another order for each number of threads are lowered to others.
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../../src/engine/graph/builder.ts';
import type { Value } from '../../../../src/engine/graph/ir.ts';
import { matmul } from '../../../../src/engine/lower/matmul.ts';
import { reduceKernels } from '../../../../src/engine/lower/reduce.ts';

const float = (...shape: number[]) => ({ shape, dtype: 'float32' }) as const;

/** Operators with the shapes that they take and give, in order. */
function operators(b: GraphBuilder, value: Value): string[] {
  return b.finish([{ name: 'y', value: b.copy(value) }]).nodes.map(({ op, inputs, outputs }) => {
    const shapes = inputs.flatMap((input) => (input?.dtype === 'float32' ? [`[${input.shape.join()}]`] : []));
    return `${op}(${shapes.join()})=[${outputs[0]!.shape.join()}]`;
  });
}

describe('products', () => {
  const product = (rows: number, inner: number, columns: number): string[] => {
    const b = new GraphBuilder();
    return operators(b, matmul(b, b.input('x', float(rows, inner)), b.input('y', float(inner, columns))));
  };

  test('of fewer rows than columns with a long sum are computed transposed', () => {
    expect(product(64, 512, 96)).toEqual([
      'Gemm([512,96],[64,512])=[96,64]',
      // Reshapes around it, or ONNX Runtime merges the transpose with the product.
      'Reshape([96,64])=[96,64,1]',
      'Transpose([96,64,1])=[64,96,1]',
      'Reshape([64,96,1])=[64,96]',
    ]);
  });

  test.each([
    ['with more rows', [96, 512, 64]],
    ['with a short sum', [64, 128, 96]],
    ['of one row', [1, 512, 96]],
    ['with so many columns that each of twelve threads has many', [64, 512, 1024]],
  ] as const)('%s stay as they are', (_, [rows, inner, columns]) => {
    expect(product(rows, inner, columns)).toEqual([
      `Gemm([${rows},${inner}],[${inner},${columns}])=[${rows},${columns}]`,
    ]);
  });

  test('with a constant operand stay as they are: inference keeps its bytes', () => {
    const b = new GraphBuilder();
    const weights = b.constant(
      Float32Array.from({ length: 512 * 96 }, (_, i) => i),
      float(512, 96),
    );
    expect(operators(b, matmul(b, b.input('x', float(64, 512)), weights))).toEqual([
      'Gemm([64,512],[512,96])=[64,96]',
    ]);
  });
});

describe('sums', () => {
  const sum = (shape: readonly number[], axes: readonly number[], keepDims = false): string[] => {
    const b = new GraphBuilder();
    const x = b.input('x', float(...shape));
    return operators(b, [reduceKernels['Sum']!(b, { x }, { axis: axes, keepDims })].flat()[0]!);
  };

  test('around few kept elements are taken over the last axes, one after the other', () => {
    expect(sum([2, 4, 32, 32], [0, 2, 3])).toEqual([
      'Reshape([2,4,32,32])=[2,4,1024]',
      'ReduceSum([2,4,1024])=[2,4]',
      'ReduceSum([2,4])=[4]',
    ]);
  });

  test('over a middle or a first axis are turned', () => {
    expect(sum([4, 32, 256], [1], true)).toEqual([
      'Transpose([4,32,256])=[4,256,32]',
      'Reshape([4,256,32])=[1024,32]',
      'ReduceSum([1024,32])=[1024]',
      'Reshape([1024])=[4,1,256]',
    ]);
    expect(sum([600, 8], [0])).toEqual([
      'Reshape([600,8])=[600,8,1]',
      'Transpose([600,8,1])=[8,600,1]',
      'Reshape([8,600,1])=[8,600]',
      'ReduceSum([8,600])=[8]',
    ]);
  });

  test.each([
    ['over last axes', [4, 32, 256], [1, 2]],
    ['over everything', [4, 32, 256], [0, 1, 2]],
    ['around many kept elements', [2, 64, 32, 32], [0, 2, 3]],
    ['over few rows', [16, 1024], [0]],
  ] as const)('%s stay as they are', (_, shape, axes) => {
    expect(sum(shape, axes)).toHaveLength(1);
  });
});
