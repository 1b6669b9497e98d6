// What a plot says where the pointer rests: a circle that is not seen around each point, with a title.
import { escapeHtml } from '../formats/html-table.ts';

/** As echarts takes it, as far as it matters here. */
interface DrawnSeries {
  readonly name?: string;
  readonly data?: readonly unknown[];
  readonly silent?: boolean;
}

export interface HoverText {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
}

/** More of one series cannot be told apart with a pointer. */
const mostPoints = 60;
const radius = 8;

/** SVG that lies over a plot. `place` gives the pixels of a point, or undefined where it is not drawn. */
export function hoverPoints(
  series: readonly DrawnSeries[],
  place: (point: readonly [number, number]) => readonly number[] | undefined,
  text: HoverText,
): string {
  const circles = series.flatMap(({ name = '', data = [], silent }) => {
    const points = data.filter(isPoint);
    // The bars of intervals are drawn as lines with breaks.
    if (silent === true || points.length < data.length) return [];
    const every = Math.ceil(points.length / mostPoints);
    return points
      .filter((_, i) => (points.length - 1 - i) % every === 0)
      .flatMap((point) => {
        const [x, y] = place(point) ?? [];
        if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return [];
        const title = `${name}: ${text.y(point[1])} at ${text.x(point[0])}`;
        return [
          `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}"><title>${escapeHtml(title)}</title></circle>`,
        ];
      });
  });
  return circles.length === 0
    ? ''
    : `<g class="hover" fill="none" pointer-events="all">${circles.join('')}</g>`;
}

/** A plot without them, for programs that show files. */
export function withoutHover(svg: string): string {
  return svg.replace(/<g class="hover"[^]*?<\/g>/, '');
}

function isPoint(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');
}

function round(pixels: number): string {
  return String(Math.round(10 * pixels) / 10);
}
