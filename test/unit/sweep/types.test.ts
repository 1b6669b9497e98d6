import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generateSweepTypes, sweepTypesFile } from '../../../scripts/generate-config-types.ts';

it('types.generated.ts is what the schema gives now (else: npm run types)', async () => {
  expect(await readFile(sweepTypesFile, 'utf8')).toBe(await generateSweepTypes());
});
