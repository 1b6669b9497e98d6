// Whether an engine computes, and whether its device is there.
import { square } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors.ts';
import type { Device } from '../engine-options.ts';
import type { Engine } from '../engine.ts';
import { onnxEngine } from './engine.ts';

export const rightSquares = '4,9';

/** The squares of 2 and 3 as a program of `engine` computes them. Throws what the engine throws. */
export async function squares(engine: Engine): Promise<string> {
  const x = { shape: [2], dtype: 'float32', data: Float32Array.of(2, 3) } as const;
  const program = await engine.compile(({ inputs }) => ({ outputs: { y: square(inputs['x']!) } }), {
    inputs: { x },
  });
  const { y } = await program.run({ x });
  await program.dispose();
  return y?.data.join() ?? '';
}

const systems: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'install the Vulkan driver of your GPU and its loader (Debian: libvulkan1), or leave out --device',
};

/** Throws UserError('usage') where `device` does not compute, with what to install. */
export async function checkDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  const hint = 'update the driver of your GPU, or leave out --device';
  const found = await squares(onnxEngine({ device })).catch((cause: unknown) => {
    throw new UserError('usage', `the device ${device} is not there: ONNX Runtime finds no GPU`, {
      hint: systems[process.platform] ?? hint,
      cause,
    });
  });
  if (found !== rightSquares)
    throw new UserError(
      'usage',
      `the device ${device} computes wrongly: the squares of 2 and 3 are ${found}`,
      { hint },
    );
}
