// The public configurations and state-dict keys under test/golden/reference.
import { readFileSync } from 'node:fs';
import type { ParamSpec } from '../../../src/nn/params.ts';

interface ReferenceConfig {
  unet: Record<string, unknown>;
  lite?: { unet: Record<string, unknown> };
  sd_wg: { unet: Record<string, unknown> };
  first_stage: { ddconfig: Record<string, unknown>; embed_dim: number; n_embed?: number };
}

function read(name: string): string {
  return readFileSync(new URL(`../../golden/reference/${name}`, import.meta.url), 'utf8');
}

export function referenceConfig(name: string): ReferenceConfig {
  return JSON.parse(read(`config_${name}.json`)) as ReferenceConfig;
}

/** Lines such as 'out.2.bias [3]'. */
export function referenceKeys(name: string): string[] {
  return read(`keys_${name}.txt`).trim().split('\n');
}

export function keysOf(specs: readonly ParamSpec[]): string[] {
  return specs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`);
}
