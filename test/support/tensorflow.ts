// The tensorflow engine of tests: where this machine has tfjs-node (scripts/build-tensorflow.ts), else why it has none.
import type { Engine } from '../../src/engine/engine.ts';
import { tensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { UserError } from '../../src/errors.ts';

/** The engine, or what is missing. With SDX_REQUIRE_TENSORFLOW=1 it throws instead. */
export function tensorflowOrReason(): Engine | string {
  try {
    return tensorflowEngine({ threads: 2 });
  } catch (error) {
    if (!(error instanceof UserError) || process.env['SDX_REQUIRE_TENSORFLOW'] === '1') throw error;
    return error.message;
  }
}

/** The engine in a list, which is empty where there is none; that is said, so that nobody takes a skip for a pass. */
export function tensorflowWherePresent(): Engine[] {
  const found = tensorflowOrReason();
  if (typeof found !== 'string') return [found];
  console.warn(`skipped: ${found}`);
  return [];
}
