// Form `onnx`: a UNet for any runtime.
import { UserError } from '../../errors.ts';
import { writeUnet } from '../onnx/write-unet.ts';
import type { NetworkWriter } from './export-network.ts';

export const onnxWriter: NetworkWriter = async (
  { name, unet, contextTokens },
  read,
  { output, allowContrib },
) => {
  if (unet === undefined)
    throw new UserError('usage', `${name} is no UNet, and ONNX is for UNets`, {
      hint: 'export it as safetensors or diffusers',
    });
  const { model, data } = await writeUnet(output, unet, read, { contextTokens, allowContrib });
  return data === undefined ? [model] : [model, data];
};
