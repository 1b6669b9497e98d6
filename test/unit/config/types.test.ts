import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generateConfigTypes, typesFile } from '../../../scripts/generate-config-types.ts';

it('types.generated.ts is what the schema gives now (else: npm run types)', async () => {
  expect(await readFile(typesFile, 'utf8')).toBe(await generateConfigTypes());
});
