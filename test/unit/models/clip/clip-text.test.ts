import { expect, it } from 'vitest';
import { clipVitL14Text } from '../../../../src/models/clip/clip-text-config.ts';
import { clipTextSpec } from '../../../../src/models/clip/clip-text.ts';
import { countParams } from '../../../../src/models/init-params.ts';

it('ViT-L/14 has 123,060,480 parameters', () => {
  expect(countParams(clipTextSpec(clipVitL14Text))).toBe(123060480);
});
