// Whether a device is there: a small program computes on it.
import { square } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors.ts';
import type { Device } from '../engine-options.ts';
import { onnxEngine } from './engine.ts';

const systems: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'install the Vulkan driver of your GPU and its loader (Debian: libvulkan1), or leave out --device',
};

/** Throws UserError('usage') where `device` does not compute, with what to install. */
export async function checkDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  const x = { shape: [2], dtype: 'float32', data: Float32Array.of(2, 3) } as const;
  let found: readonly number[];
  try {
    const program = await onnxEngine({ device }).compile(
      ({ inputs }) => ({ outputs: { y: square(inputs['x']!) } }),
      { inputs: { x } },
    );
    found = [...((await program.run({ x }))['y']?.data ?? [])];
    await program.dispose();
  } catch (cause) {
    throw new UserError('usage', `the device ${device} is not there: ONNX Runtime finds no GPU`, {
      hint: systems[process.platform] ?? 'update the driver of your GPU, or leave out --device',
      cause,
    });
  }
  if (found.join() !== '4,9')
    throw new UserError(
      'usage',
      `the device ${device} computes wrongly: the squares of 2 and 3 are ${found.join(' and ')}`,
      {
        hint: 'update the driver of your GPU, or leave out --device',
      },
    );
}
