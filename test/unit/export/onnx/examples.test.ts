// The programs that the documentation shows are those that test/integration/onnx-model.test.ts runs.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../../support/root.ts';

it.each([
  ['python', 'sample.py'],
  ['js', 'sample.js'],
])('docs/onnx.md shows examples/onnx as it is: %s', async (language, file) => {
  const page = await readFile(path.join(root, 'docs/onnx.md'), 'utf8');
  const program = await readFile(path.join(root, 'examples/onnx', file), 'utf8');
  expect(page).toContain(`\`\`\`${language}\n${program}\`\`\`\n`);
});
