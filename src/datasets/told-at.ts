// What is told of samples, for a selection of them or another order.
import type { ImageDataset } from './dataset.ts';

type Told = Pick<ImageDataset, 'label' | 'caption' | 'captions'>;

/** Labels and captions by the indices that `at` gives, as far as the source has them. */
export function toldAt({ label, caption, captions }: Told, at: (index: number) => number): Told {
  return {
    ...(label && { label: (index: number) => label(at(index)) }),
    ...(caption && { caption: (index: number) => caption(at(index)) }),
    ...(captions && { captions: (index: number) => captions(at(index)) }),
  };
}
