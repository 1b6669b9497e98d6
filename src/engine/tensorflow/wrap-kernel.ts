// Replaces kernels of a registered backend by functions around them.
import * as tf from '@tensorflow/tfjs-core';

/** What takes the place of a kernel for the calls that it refuses. */
export interface Wrapper<A> {
  /** Whether the kernel itself takes such a call. */
  readonly isNative: (attrs: A) => boolean;
  /** The same result by calls that it takes. */
  readonly otherwise: (inputs: Record<string, tf.Tensor4D>, attrs: A) => tf.Tensor;
}

const wrapped = new Set<string>();

/** Wraps a kernel of a registered backend. Once for each backend: later calls do nothing. */
export function wrapKernel<A>(backend: string, kernelName: string, wrapper: Wrapper<A>): void {
  const id = `${backend}/${kernelName}`;
  if (wrapped.has(id)) return;
  wrapped.add(id);
  const kernel = tf.getKernel(kernelName, backend);
  tf.unregisterKernel(kernelName, backend);
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      const attrs = call.attrs as unknown as A;
      const inputs = call.inputs as Record<string, tf.Tensor4D>;
      if (wrapper.isNative(attrs)) return kernel.kernelFunc(call);
      return tf.tidy(() => wrapper.otherwise(inputs, attrs));
    },
  });
}

/** Calls a kernel of the backend in use, on images. */
export function runKernel(kernelName: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor4D {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}
