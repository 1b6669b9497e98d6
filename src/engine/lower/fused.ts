// Kernels of our own, for which nn/ has a portable definition and ONNX Runtime a faster operator. A function in
// nn/ asks for the kernel by name and falls back on TF.js ops where the running backend lacks it (nn/fused.ts).
import { input, type KernelTable } from './kernel-table.ts';

export const fusedKernels: KernelTable = {
  /** Nearest-neighbour upsampling by 2 of [N, C, H, W]. */
  SdxUpsampleNearest2x: (b, inputs) => {
    const x = input(inputs, 'x');
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const scales = b.constant(Float32Array.of(1, 1, 2, 2), { shape: [4], dtype: 'float32' });
    return b.op(
      'Resize',
      [x, null, scales],
      { shape: [n, c, 2 * h, 2 * w], dtype: 'float32' },
      {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      },
    );
  },
  /** Average pooling 2x2, stride 2, of [N, C, H, W]. */
  SdxAveragePool2x: (b, inputs) => {
    const x = input(inputs, 'x');
    const [n, c, h, w] = x.shape as [number, number, number, number];
    return b.op(
      'AveragePool',
      [x],
      { shape: [n, c, h / 2, w / 2], dtype: 'float32' },
      { kernel_shape: [2, 2], strides: [2, 2] },
    );
  },
};
