// Names and shapes beside the state dicts of diffusers and transformers (test/fixtures/diffusers, written by
// test/integration/diffusers_peers.py).
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../../src/engine/engine.ts';
import { diffusersMappings, type DiffusersNetwork } from '../../../../src/weights/diffusers/names.ts';
import { diffusersCases, smallUnet } from '../../../support/networks/diffusers-cases.ts';

async function theirNames(name: string): Promise<string[]> {
  const file = new URL(`../../../fixtures/diffusers/${name}.txt`, import.meta.url);
  return (await readFile(file, 'utf8')).trimEnd().split('\n');
}

/** The names that are written; transformers 5 would leave out 'text_model.', which older versions need. */
function written(network: DiffusersNetwork): string[] {
  const which = network.kind === 'text' ? 1 : 0;
  return diffusersMappings(network)
    .flatMap(({ parts }) => parts.map(({ names, shape }) => `${names[which]!} [${shape.join(', ')}]`))
    .sort();
}

describe('names of diffusers', () => {
  it.each(Object.keys(diffusersCases))('%s are all of its state dict', async (name) => {
    expect(written(diffusersCases[name]!)).toEqual((await theirNames(name)).sort());
  });

  it('read both namings of attention', () => {
    const names = diffusersMappings(diffusersCases['kl']!).flatMap(({ parts }) =>
      parts.map((part) => part.names),
    );
    expect(names).toContainEqual([
      'decoder.mid_block.attentions.0.to_q.weight',
      'decoder.mid_block.attentions.0.query.weight',
    ]);
    expect(names).toContainEqual([
      'encoder.mid_block.attentions.0.to_out.0.bias',
      'encoder.mid_block.attentions.0.proj_attn.bias',
    ]);
  });

  it('take every parameter of ours once', () => {
    const mappings = diffusersMappings({ kind: 'unet', config: smallUnet });
    const theirs = mappings.flatMap(({ parts }) => parts.map(({ names }) => names[0]));
    expect(new Set(theirs).size).toBe(theirs.length);
    for (const { shape, parts } of mappings)
      expect(parts.reduce((sum, part) => sum + sizeOf(part.shape), 0)).toBe(sizeOf(shape));
  });

  it('refuse wavelet gating', () => {
    const config = { ...smallUnet, waveletGating: true };
    expect(() => diffusersMappings({ kind: 'unet', config })).toThrow(/no block with wavelet gating/);
  });
});
