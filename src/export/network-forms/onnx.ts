// Form `onnx`: a UNet for any runtime.
import { UserError } from '../../errors.ts';
import { describeModel, metadataOf } from '../onnx/model-description.ts';
import { writeUnet } from '../onnx/write-unet.ts';
import type { NetworkWriter } from './export-network.ts';

export const onnxWriter: NetworkWriter = async ({ name, unet, contextTokens }, read, request) => {
  const { config, output, allowContrib, precision, layers, weights, scaleFactor } = request;
  if (unet === undefined)
    throw new UserError('usage', `${name} is no UNet, and ONNX is for UNets`, {
      hint: 'export it as safetensors or diffusers',
    });
  const set = weights === 'raw' ? 'raw' : 'ema';
  const metadata = metadataOf(describeModel({ config, name, weights: set, precision, scaleFactor }));
  const { model, data } = await writeUnet(output, unet, read, {
    ...{ contextTokens, allowContrib },
    ...{ precision, layers, metadata },
  });
  return data === undefined ? [model] : [model, data];
};
