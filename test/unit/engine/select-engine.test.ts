import { expect, test } from 'vitest';
import { selectEngine } from '../../../src/engine/select-engine.ts';
import { UserError } from '../../../src/errors.ts';

test.each(['onnx', 'reference'] as const)('selects %s', async (name) => {
  const engine = await selectEngine({ engine: name, device: 'cpu', threads: 1 });
  expect(engine.name).toBe(name);
  expect(engine.describe()).toMatchObject({ engine: name });
});

test('passes the threads on', async () => {
  expect((await selectEngine({ engine: 'onnx', device: 'cpu', threads: 3 })).describe()).toMatchObject({
    threads: '3',
  });
});

test('tensorflow is selected, or says how to install it', async () => {
  const options = { engine: 'tensorflow', device: 'cpu', threads: 0 } as const;
  const engine: unknown = await selectEngine(options).catch((error: unknown) => error);
  if (engine instanceof UserError) expect(engine.hint).toMatch(/npm (install|rebuild) /);
  else expect(engine).toMatchObject({ name: 'tensorflow' });
});
