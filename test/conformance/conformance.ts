// Runs the cases of one kernel family on the onnx engine and on the reference engine and compares every output and
// gradient. All cases of a family are one program, so that ONNX Runtime makes one session for them. The tensorflow engine
// is compared too, where it is installed.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Engine, HostTensor, HostTensors, TensorFunction, Tensors } from '../../src/engine/engine.ts';
import type { KernelTable } from '../../src/engine/lower/kernel-table.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../src/engine/eager.ts';
import { kernels } from '../../src/engine/trace/trace.ts';
import { tensorflowWherePresent } from '../support/tensorflow.ts';

/** One use of a kernel. */
export interface Case {
  /** What is particular about it; unique within the kernel. */
  readonly name: string;
  readonly inputs: readonly HostTensor[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Compare the gradients of the float32 outputs with regard to the float32 inputs too. */
  readonly gradients?: boolean;
}

/** Cases by the TF.js kernel that they must reach. */
export type ConformanceTable = Readonly<Record<string, readonly Case[]>>;

/** Relative to the norm of the tensor; integers and booleans must agree exactly. */
const tolerance = 1e-5;

type Results = Readonly<Record<string, HostTensor>>;

/** Declares one test per case. */
export function testConformance(table: ConformanceTable): void {
  const cases = identified(table);
  let unreached: readonly string[];
  let [actual, expected]: Results[] = [];

  beforeAll(async () => {
    const spies = new Map(
      Object.keys(kernels).map((name) => [name, vi.spyOn(kernels as Writable<KernelTable>, name)]),
    );
    const missed: string[] = [];
    const reached = (kernel: string): number => spies.get(kernel)?.mock.calls.length ?? 0;
    const program = programOf(cases, (id, kernel, body) => {
      const before = reached(kernel);
      body();
      if (reached(kernel) === before) missed.push(id);
    });
    const inputs = inputsOf(cases);
    actual = await runOnce(onnxEngine({ threads: 1 }), program, inputs);
    unreached = [...missed];
    expected = await runOnce(referenceEngine(), program, inputs);
  });

  test.each(cases)('$id', ({ id }) => {
    expectCase(actual!, expected!, id);
    expect(unreached, 'cases that never called their kernel').not.toContain(id);
  });
  testOnTensorflow(cases, () => expected!);
}

/**
 * The same cases on the tensorflow engine, where it is installed: each a program of its own, because this engine fails
 * while it computes and would take the others along. Those that are known to differ must do so.
 */
function testOnTensorflow(cases: readonly IdentifiedCase[], expected: () => Results): void {
  const [engine] = tensorflowWherePresent();
  if (engine === undefined) return;
  const check = async (item: IdentifiedCase): Promise<void> => {
    const program = programOf([item], (_id, _kernel, body) => {
      body();
    });
    const actual = await runOnce(engine, program, inputsOf([item]));
    expectCase(actual, expected(), item.id);
  };
  const known = cases.map((item) => ({ item, id: item.id, reason: differenceOf(item.id) }));
  describe('on the tensorflow engine', () => {
    test.each(known.filter(({ reason }) => reason === ''))('$id', ({ item }) => check(item));
    const different = known.filter(({ reason }) => reason !== '');
    test.fails.each(different)('$id differs: $reason', ({ item }) => check(item));
  });
}

/** What tfjs-node 4.22.0 does otherwise than TF.js's CPU backend, by how cases' names start; sdx uses none of it. */
const tensorflowDifferences: Readonly<Record<string, string>> = {
  'FloorDiv: [': 'floats stay float32, and do not become int32',
  'Step: int32': 'libtensorflow asks only floats whether they are NaN',
  'GatherV2: axis -1': 'tfjs-node takes no negative axes',
  'UnsortedSegmentSum: rows, some segments empty, some ids outside': 'libtensorflow takes no ids outside',
  'UnsortedSegmentSum: integers': 'integers stay int32, and do not become float32',
};

function differenceOf(id: string): string {
  return Object.entries(tensorflowDifferences).find(([start]) => id.startsWith(start))?.[1] ?? '';
}

/** All outputs and gradients of a case. */
function expectCase(actual: Results, expected: Results, id: string): void {
  const names = Object.keys(expected).filter((name) => name.startsWith(`${id}/`));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expectSame(actual[name]!, expected[name]!, name);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type IdentifiedCase = Case & { readonly id: string; readonly kernel: string };

/** All cases of a family as one function, and its inputs. */
export function conformanceProgram(table: ConformanceTable): {
  readonly program: TensorFunction;
  readonly inputs: HostTensors;
} {
  const cases = identified(table);
  const program = programOf(cases, (_id, _kernel, body) => {
    body();
  });
  return { program, inputs: inputsOf(cases) };
}

function identified(table: ConformanceTable): IdentifiedCase[] {
  const cases = Object.entries(table).flatMap(([kernel, list]) =>
    list.map((item) => ({ id: `${kernel}: ${item.name}`, kernel, ...item })),
  );
  const repeated = cases.find(({ id }, i) => cases.findIndex((other) => other.id === id) < i);
  if (repeated !== undefined)
    throw new Error(`two cases are called ${repeated.id}: one would hide the other`);
  return cases;
}

/** One function over all cases; outputs are `<id>/y<i>` and `<id>/d<i>`. */
function programOf(
  cases: readonly IdentifiedCase[],
  around: (id: string, kernel: string, body: () => void) => void,
): TensorFunction {
  return ({ inputs }) => {
    const outputs: Record<string, tf.Tensor> = {};
    for (const { id, kernel, inputs: own, run, gradients } of cases) {
      const tensors = own.map((_, i) => inputs[`${id}/${String(i)}`]!);
      around(id, kernel, () => {
        for (const [i, y] of [run(...tensors)].flat().entries()) outputs[`${id}/y${String(i)}`] = y;
        if (gradients !== true) return;
        const floats = tensors.filter((x) => x.dtype === 'float32');
        const loss = (...xs: tf.Tensor[]): tf.Scalar => {
          const arguments_ = tensors.map((x) => xs[floats.indexOf(x)] ?? x);
          return weightedSum([run(...arguments_)].flat().filter((y) => y.dtype === 'float32'));
        };
        for (const [i, dx] of tf.grads(loss)(floats).entries()) outputs[`${id}/d${String(i)}`] = dx;
      });
    }
    return { outputs } satisfies { outputs: Tensors };
  };
}

/** A scalar in which every element of every tensor has a weight of its own. */
function weightedSum(tensors: readonly tf.Tensor[]): tf.Scalar {
  const terms = tensors.map((y): tf.Tensor => {
    const weights = Float32Array.from({ length: y.size }, (_, i) => Math.cos(i + 1));
    return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
  });
  return terms.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
}

function inputsOf(cases: readonly IdentifiedCase[]): HostTensors {
  return Object.fromEntries(
    cases.flatMap(({ id, inputs }) => inputs.map((tensor, i) => [`${id}/${String(i)}`, tensor])),
  );
}

async function runOnce(engine: Engine, program: TensorFunction, inputs: HostTensors): Promise<HostTensors> {
  const compiled = await engine.compile(program, { inputs });
  const outputs = await compiled.run(inputs);
  await compiled.dispose();
  return outputs;
}

function expectSame(actual: HostTensor, expected: HostTensor, name: string): void {
  expect(
    { name, dtype: actual.dtype, shape: [...actual.shape], length: actual.data.length },
    'dtype and shape',
  ).toEqual({ name, dtype: expected.dtype, shape: [...expected.shape], length: expected.data.length });
  const error = relativeError(actual.data, expected.data);
  expect(error, `${name}: ${preview(actual)} for ${preview(expected)}`).toBeLessThanOrEqual(
    expected.dtype === 'float32' ? tolerance : 0,
  );
}

/** ||a - b|| / ||b||; equal infinities and NaNs count as equal, other non-finite differences as infinite. */
function relativeError(a: HostTensor['data'], b: HostTensor['data']): number {
  let [difference, norm] = [0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    if (Object.is(x, y) || x === y) norm += Number.isFinite(y) ? y * y : 0;
    else if (!Number.isFinite(x) || !Number.isFinite(y)) return Infinity;
    else {
      difference += (x - y) ** 2;
      norm += y * y;
    }
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

function preview({ data }: HostTensor): string {
  return `[${[...data.slice(0, 8)].join()}${data.length > 8 ? ',...' : ''}]`;
}
