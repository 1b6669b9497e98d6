// Planes of numbers by frequency as pictures: zero frequency in the middle, colours by a fixed scale.
import { renderGrid } from '../stages/rows/grid.ts';

type Rgb = readonly [number, number, number];

/** From dark to bright, so that the order also shows in grey (after matplotlib's `magma`). */
const rising: readonly Rgb[] = [
  [0, 0, 4],
  [81, 18, 124],
  [183, 55, 121],
  [252, 137, 97],
  [252, 253, 191],
];

/** Blue below, white at the middle, red above (after ColorBrewer's `RdBu`). */
const diverging: readonly Rgb[] = [
  [5, 48, 97],
  [67, 147, 195],
  [247, 247, 247],
  [214, 96, 77],
  [103, 0, 31],
];

const palettes = { rising, diverging } as const;

export interface ColorScale {
  readonly palette: keyof typeof palettes;
  /** Values at the ends; what lies outside has the colour of the end. */
  readonly range: readonly [number, number];
}

/** PNG of `plane`, [size, size] by (u, v) from frequency 0 on. */
export function heatMap(plane: ArrayLike<number>, size: number, scale: ColorScale): Promise<Uint8Array> {
  const pixels = new Uint8Array(size * size * 3);
  const shift = Math.floor(size / 2);
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++) {
      const at = ((u + shift) % size) * size + ((v + shift) % size);
      pixels.set(colorOf(plane[u * size + v]!, scale), at * 3);
    }
  return renderGrid(pixels, { size, columns: 1, gap: 0 });
}

/** The colour of a value, 0 to 255 a channel. */
export function colorOf(value: number, { palette, range: [low, high] }: ColorScale): Rgb {
  const colors = palettes[palette];
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
  const position = share * (colors.length - 1);
  const below = Math.min(colors.length - 2, Math.floor(position));
  const mix = (channel: number): number => {
    const [from, to] = [colors[below]![channel]!, colors[below + 1]![channel]!];
    return Math.round(from + (to - from) * (position - below));
  };
  return [mix(0), mix(1), mix(2)];
}
