// What of TF.js is not in its core: the gradients of its kernels, and the CPU backend. Both come only with the union
// package, which brings everything else of TF.js, too, and takes a quarter of a second to load: who needs them asks.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Registers gradients and the CPU backend, once. `require`, because the package has no module to import. */
export function loadUnionPackage(): void {
  require('@tensorflow/tfjs');
}
