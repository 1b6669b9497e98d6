import { describe, expect, it } from 'vitest';
import { StageError } from '../../../src/errors.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { namedError } from '../../../src/runner/named-error.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const teacher = compilePlan(smallExperiment, smallExternals).nodes.find(({ id }) => id === 'teacher')!;
const { signal } = new AbortController();

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

describe('memory that could not be had', () => {
  it.each<[string, Error]>([
    ['V8', thrownBy(() => new ArrayBuffer(2 ** 53 - 1))],
    ['a typed array', thrownBy(() => new Float32Array(2 ** 40))],
    [
      'ONNX Runtime',
      new Error(
        "Non-zero status code returned while running Conv node. Name:'c' Status Message: /onnxruntime/core/framework/" +
          'bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 68719476736',
      ),
    ],
    ['ONNX Runtime in a session', new Error('std::bad_alloc')],
    ['WebAssembly', new RangeError('WebAssembly.Memory(): could not allocate memory')],
  ])('%s: says so, and which setting lowers the need', (_, error) => {
    const named = namedError(teacher, error, signal, '/store');
    if (!(named instanceof StageError)) throw named;
    expect(named.message).toMatch(/^out of memory \(.*\); this process holds \d+\.\d GiB of \d+\.\d GiB$/);
    expect(named.hint).toMatch(/^lower teacher\.train\.batchSize, /);
  });

  it('other errors keep their words', () => {
    expect(namedError(teacher, new RangeError('Invalid array length'), signal, '/store').message).toBe(
      'Invalid array length',
    );
  });
});
