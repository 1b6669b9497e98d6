// Weights of Inception-v3 made ready to run: strict check of the state dict, batch norms folded into convolutions.
import { sizeOf, type HostTensor, type HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import { convShape, inceptionConvs } from './inception-convs.ts';

/** Batch-norm epsilon of torchvision's, TensorFlow's and Keras's Inception-v3. */
const batchNormEps = 1e-3;

/** What a state dict may hold besides: the classifier, the auxiliary head and PyTorch's batch counters. */
const unused = /^fc\.|^AuxLogits\.|\.num_batches_tracked$/;

/**
 * Folds `<conv>.conv.weight` with `<conv>.bn.{weight,bias,running_mean,running_var}` (running form, eps 1e-3) to
 * `<conv>.weight` and `<conv>.bias`, computed in float64 and rounded once. `bn.weight` may be absent for all (Keras
 * trains without scale). Throws UserError that lists every missing, misshapen or unknown tensor.
 */
export function foldBatchNorm(stateDict: HostTensors): HostTensors {
  const problems: string[] = [];
  const used = new Set<string>();
  const hasScale = Object.keys(stateDict).some((name) => name.endsWith('.bn.weight'));
  const take = (name: string, shape: readonly number[]): Float32Array => {
    used.add(name);
    const tensor = stateDict[name];
    if (tensor === undefined) problems.push(`${name} is missing`);
    else if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array)) {
      problems.push(`${name} is ${tensor.dtype}[${tensor.shape.join()}], expected float32[${shape.join()}]`);
    } else return tensor.data;
    return new Float32Array(sizeOf(shape));
  };
  const folded: Record<string, HostTensor> = {};
  for (const conv of inceptionConvs) {
    const shape = convShape(conv);
    const channels = [conv.outC];
    const weight = take(`${conv.name}.conv.weight`, shape);
    const gamma = hasScale ? take(`${conv.name}.bn.weight`, channels) : new Float32Array(conv.outC).fill(1);
    const beta = take(`${conv.name}.bn.bias`, channels);
    const mean = take(`${conv.name}.bn.running_mean`, channels);
    const variance = take(`${conv.name}.bn.running_var`, channels);
    const scale = Float64Array.from(gamma, (g, o) => g / Math.sqrt(variance[o]! + batchNormEps));
    folded[`${conv.name}.weight`] = { shape, dtype: 'float32', data: scaleFilters(weight, scale) };
    folded[`${conv.name}.bias`] = {
      shape: channels,
      dtype: 'float32',
      data: beta.map((b, o) => b - mean[o]! * scale[o]!),
    };
  }
  const unknown = Object.keys(stateDict).filter((name) => !used.has(name) && !unused.test(name));
  problems.push(...unknown.map((name) => `${name} is not a parameter of Inception-v3`));
  if (problems.length > 0) {
    throw new UserError('input', `these are not Inception-v3 weights:\n  ${problems.join('\n  ')}`, {
      hint: 'give the weights file of pytorch-fid, pt_inception-2015-12-05-6726825d.pth',
    });
  }
  return folded;
}

/** [O, fanIn], each filter times its own factor. In a plain loop: a mapping function takes ten times as long. */
function scaleFilters(weight: Float32Array, scale: Float64Array): Float32Array {
  const fanIn = weight.length / scale.length;
  const scaled = new Float32Array(weight.length);
  for (let o = 0, at = 0; o < scale.length; o++) {
    const factor = scale[o]!;
    for (const end = at + fanIn; at < end; at++) scaled[at] = weight[at]! * factor;
  }
  return scaled;
}
