// The real images that samples are compared with: a part of a data set, or some of it.
import { openPack, type ImagePack } from '../../datasets/pack.ts';
import { stratifiedOrder } from '../../datasets/split.ts';
import type { ReferencePart } from '../params.ts';

/** The images of the part, or as many of them as asked for: the same ones in every experiment. */
export async function openReferenceImages(dir: string, { part, count }: ReferencePart): Promise<ImagePack> {
  const pack = await openPack(dir, part);
  if (count === 0 || count >= pack.count) return pack;
  const { names, classes } = pack;
  const order = stratifiedOrder({
    count: pack.count,
    group: (index) => names[index]!,
    ...(classes && { label: (index: number) => String(classes[index]) }),
    seed: 0,
  });
  const drawn = order.slice(0, count).sort();
  return { ...pack, count, readBatch: (indices) => pack.readBatch(indices.map((index) => drawn[index]!)) };
}
