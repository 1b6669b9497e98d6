// What a unit test computes with TF.js itself, it computes on the CPU's backend, whichever backend the file before it in
// the same process has left.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';

await setBackend('cpu');
