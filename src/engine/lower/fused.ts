// Kernels of our own, for which nn/ has a portable definition and ONNX Runtime a faster operator. A function in
// nn/ asks for the kernel by name and falls back on TF.js ops where the running backend lacks it.
import { input, type KernelTable } from './kernel-table.ts';

export const fusedKernels: KernelTable = {
  /** x [N, D] -> [(x - mean) / sqrt(var + eps), mean [N, 1], 1 / sqrt(var + eps) [N, 1]], biased variance. */
  SdxStandardize: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const [rows, columns] = x.shape as [number, number];
    const ones = b.fill(1, { shape: [columns], dtype: 'float32' });
    const stat = { shape: [rows, 1], dtype: 'float32' as const };
    return b.node('LayerNormalization', [x, ones], [x, stat, stat], {
      axis: -1,
      epsilon: { float: attrs['epsilon'] as number },
    });
  },
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
  /** x * sigmoid(alpha * x), for inference (its gradient is not defined). */
  SdxSwish: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    return b.op('QuickGelu', [x], x, { alpha: { float: attrs['alpha'] as number } }, 'com.microsoft');
  },
};
