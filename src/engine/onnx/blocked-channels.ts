// ONNX Runtime's CPU convolutions run fastest on a layout with channels in blocks (its domain com.microsoft.nchwc). It
// uses that layout itself where filters are constant; in training they are not, so lowerings ask for it by name. The
// size of a block depends on the processor and is not reported: a small convolution finds it out.
import { GraphBuilder } from '../graph/builder.ts';
import { encodeModel } from './encode.ts';
import { bind, Session } from './session.ts';

const domain = 'com.microsoft.nchwc';
const [channels, side] = [16, 4];
let found: Promise<number> | undefined;

/** Channels per block on this machine, 0 where the layout cannot be used. Probed once. */
export function blockedChannels(): Promise<number> {
  found ??= process.arch === 'x64' ? probe([16, 8]) : Promise.resolve(0);
  return found;
}

async function probe(sizes: readonly number[]): Promise<number> {
  for (const size of sizes) if (await agrees(size)) return size;
  return 0;
}

/** Whether a 1x1 convolution with filters in blocks of `size` gives what the plain one gives. */
async function agrees(size: number): Promise<boolean> {
  const b = new GraphBuilder();
  const imageSpec = { shape: [1, channels, side, side], dtype: 'float32' } as const;
  const filterShape = [channels, channels, 1, 1];
  const filter = (blocked: boolean): Float32Array => {
    const data = new Float32Array(channels * channels);
    for (let o = 0; o < channels; o++)
      for (let c = 0; c < channels; c++) {
        const [outBlock, inBlock] = [Math.floor(o / size), Math.floor(c / size)];
        const at = ((outBlock * (channels / size) + inBlock) * size + (c % size)) * size + (o % size);
        data[blocked ? at : o * channels + c] = ((5 * o + 3 * c) % 11) - 4;
      }
    return data;
  };
  const x = b.input('x', imageSpec);
  const attributes = {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    kernel_shape: [1, 1],
    dilations: [1, 1],
    group: 1,
  };
  const weights = (blocked: boolean) => b.constant(filter(blocked), { shape: filterShape, dtype: 'float32' });
  const plain = b.op('Conv', [x, weights(false)], imageSpec, attributes);
  const reordered = b.op('ReorderInput', [x], imageSpec, { channels_last: 0 }, domain);
  const product = b.op('Conv', [reordered, weights(true)], imageSpec, attributes, domain);
  const blocked = b.op('ReorderOutput', [product], imageSpec, { channels, channels_last: 0 }, domain);
  const graph = b.finish([
    { name: 'plain', value: plain },
    { name: 'blocked', value: blocked },
  ]);
  try {
    const session = await Session.create(encodeModel(graph), {
      threads: 1,
      device: 'cpu',
      optimization: 'basic',
    });
    const image = Float32Array.from({ length: channels * side * side }, (_, i) => ((7 * i) % 13) - 6);
    const feeds = { x: bind(image, 'float32', imageSpec.shape) };
    const results = await session.run(feeds, { plain: null, blocked: null });
    await session.dispose();
    const expected = results['plain']!.data as Float32Array;
    return (results['blocked']!.data as Float32Array).every((value, i) => value === expected[i]);
  } catch {
    return false; // a runtime without the domain
  }
}
