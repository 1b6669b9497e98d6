// Whether the engine and device that are asked for are there, before anything is computed.
import type { EngineOptions } from '../engine/engine-options.ts';
import { UserError } from '../errors.ts';

/** Throws UserError('usage') for a device that is not there or not the engine's. */
export async function checkEngine({ engine, device }: EngineOptions): Promise<void> {
  if (device === 'cpu') return;
  if (engine !== 'onnx')
    throw new UserError('usage', `the engine ${engine} cannot compute on ${device}`, {
      hint: 'choose the engine onnx, or leave out the device',
    });
  await (await import('../engine/onnx/check-device.ts')).checkDevice(device);
}
