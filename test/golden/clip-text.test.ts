import { describe, expect, it } from 'vitest';
import type { ClipTextConfig } from '../../src/models/clip/clip-text-config.ts';
import { clipText, clipTextSpec } from '../../src/models/clip/clip-text.ts';
import { expectClose, get, goldenEngines, goldenJson, goldenTensors, goldenWeights, int32, specsOf } from '../support/golden.ts';

const hf = goldenJson('clip-text/case.json') as Record<string, number>;
const config: ClipTextConfig = {
  vocabSize: get(hf, 'vocab_size'),
  positions: get(hf, 'max_position_embeddings'),
  width: get(hf, 'hidden_size'),
  heads: get(hf, 'num_attention_heads'),
  layers: get(hf, 'num_hidden_layers'),
  hiddenWidth: get(hf, 'intermediate_size'),
  activation: 'quick_gelu',
};
const io = await goldenTensors('clip-text/io.safetensors');
const { 'text_model.embeddings.position_ids': positionIds, ...weights } = await goldenWeights('clip-text');

describe('clip-text', () => {
  it('has exactly the parameters of the checkpoint, whose position ids are a buffer', () => {
    expect(positionIds?.shape).toEqual([1, 77]);
    expect(Object.fromEntries(clipTextSpec(config).map(({ name, shape }) => [name, shape]))).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    );
  });

  it.each(goldenEngines())('last hidden state on the $name engine', async (engine) => {
    const inputs = { ids: int32(get(io, 'ids')) };
    const program = await engine.compile(
      ({ inputs, constants }) => ({ outputs: { state: clipText(constants, config, get(inputs, 'ids')) } }),
      { constants: weights, inputs: specsOf(inputs) },
    );
    const { state } = await program.run(inputs);
    expectClose(state, get(io, 'last_hidden_state'), 1e-4);
    await program.dispose();
  });
});
