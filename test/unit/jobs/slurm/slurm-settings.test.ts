import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generateSlurmTypes, slurmTypesFile } from '../../../../scripts/generate-config-types.ts';

it('slurm-settings.generated.ts is what the schema gives now (else: npm run types)', async () => {
  expect(await readFile(slurmTypesFile, 'utf8')).toBe(await generateSlurmTypes());
});
