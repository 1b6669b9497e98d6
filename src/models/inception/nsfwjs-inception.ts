// The Inception-v3 of nsfwjs under our parameter names: Keras's layers conv2d_1 ... conv2d_94 and their batch norms
// follow the order of our table, so numbers map to names; HWIO becomes OIHW.
import type { HostTensor, HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import { convShape, inceptionConvs } from './inception-convs.ts';

/** Keras's layers are numbered from 1; its batch norms have no scale. */
const kerasParts = [
  ['moving_mean', 'running_mean'],
  ['moving_variance', 'running_var'],
  ['beta', 'bias'],
] as const;

/**
 * State dict for `foldBatchNorm` from Keras's weights by name (`conv2d_<i>/kernel` [kh, kw, I, O],
 * `batch_normalization_<i>/{beta,moving_mean,moving_variance}` [O]). The classifier's tensors are left out.
 * Throws UserError for a kernel that is missing or has another shape.
 */
export function stateDictFromKeras(weights: HostTensors): HostTensors {
  const stateDict: Record<string, HostTensor> = {};
  inceptionConvs.forEach((conv, at) => {
    const kernelName = `conv2d_${at + 1}/kernel`;
    const kernel = weights[kernelName];
    const [outC, inC, kh, kw] = convShape(conv);
    if (kernel === undefined || kernel.shape.join() !== [kh, kw, inC, outC].join()) {
      throw new UserError(
        'input',
        `${kernelName} is ${kernel?.shape.join('x') ?? 'missing'}, not that of Inception-v3`,
        {
          hint: 'install the version of nsfwjs that package.json names',
        },
      );
    }
    stateDict[`${conv.name}.conv.weight`] = {
      shape: [outC, inC, kh, kw],
      dtype: 'float32',
      data: hwioToOihw(kernel.data as Float32Array, kh * kw, inC, outC),
    };
    for (const [keras, torch] of kerasParts) {
      const tensor = weights[`batch_normalization_${at + 1}/${keras}`];
      if (tensor !== undefined) stateDict[`${conv.name}.bn.${torch}`] = tensor;
    }
  });
  return stateDict;
}

/** [area, I, O] -> [O, I, area]. */
function hwioToOihw(data: Float32Array, area: number, inC: number, outC: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let a = 0; a < area; a++) {
    for (let i = 0; i < inC; i++) {
      for (let o = 0; o < outC; o++) out[(o * inC + i) * area + a] = data[(a * inC + i) * outC + o]!;
    }
  }
  return out;
}
