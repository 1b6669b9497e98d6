// The Inception-v3 of nsfwjs: our reader, mapping and network against TF.js's layers API (golden/nsfwjs-inception).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeLayersWeights, readNsfwjsModel } from '../../../../src/weights/keras/nsfwjs-weights.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { UserError } from '../../../../src/errors.ts';
import { extractorFunction } from '../../../../src/models/inception/inception-extractor.ts';
import { foldBatchNorm } from '../../../../src/models/inception/inception-weights.ts';
import { stateDictFromKeras } from '../../../../src/models/inception/nsfwjs-inception.ts';
import { emojiImage } from '../../../fixtures/nsfwjs-image.ts';
import { expectClose } from '../../../support/golden.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/nsfwjs-inception/case.json', import.meta.url), 'utf8'),
) as { digest: string; featuresFloat32Base64: string };

describe('nsfwjs weights', () => {
  const model = readNsfwjsModel();

  it('are those that the golden features were computed with', () => {
    expect(model.digest).toBe(golden.digest);
  });

  it('give the features that TF.js computes', async () => {
    const images = await emojiImage();
    const constants = foldBatchNorm(stateDictFromKeras(decodeLayersWeights(model)));
    const extract = extractorFunction({ name: 'nsfwjs', inputSize: 299 });
    const program = await onnxEngine().compile(extract, { constants, inputs: { images } });
    const { features } = await program.run({ images });
    await program.dispose();
    const data = new Float32Array(new Uint8Array(Buffer.from(golden.featuresFloat32Base64, 'base64')).buffer);
    expectClose(features, { shape: [1, 2048], data }, 1e-5);
  });

  it('are refused when cut short, with the weight named', () => {
    const cut = { json: model.json, bytes: model.bytes.slice(0, 1000) };
    expect(() => decodeLayersWeights(cut)).toThrow(
      /the weights end inside conv2d|the weights end inside batch/,
    );
    expect(() => decodeLayersWeights(cut)).toThrow(UserError);
  });

  it('are refused when another architecture is found', () => {
    const weights = { ...decodeLayersWeights(model) };
    delete weights['conv2d_94/kernel'];
    expect(() => stateDictFromKeras(weights)).toThrow('conv2d_94/kernel is missing');
  });
});
