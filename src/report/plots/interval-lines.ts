// Lines whose points carry intervals: a bar from end to end at each point, in the line's colour.
import { render, seriesColors, type Frame, type Point } from './plots.ts';

export interface IntervalPoint {
  readonly x: number;
  readonly y: number;
  /** Half the width of the interval; absent: none is drawn. */
  readonly half?: number | undefined;
}

export interface IntervalSeries {
  readonly name: string;
  readonly points: readonly IntervalPoint[];
  /** Faint: what the others are compared with. */
  readonly dashed?: boolean;
  /** Left out: the next of `seriesColors`. */
  readonly color?: string;
}

/** On logarithmic axes, bars that reach down to 0 or below end at `y.range[0]`, which such axes must have. */
export function intervalLines(frame: Omit<Frame, 'legend'>, all: readonly IntervalSeries[]): string {
  const [bottom, top] = frame.y.range ?? [-Infinity, Infinity];
  const within = (y: number): number => Math.min(top, Math.max(bottom, y));
  const series = all.flatMap(({ name, points, dashed, color }, i) => {
    const drawn = color ?? (dashed === true ? 'var(--ink-faint)' : seriesColors[i % seriesColors.length]!);
    const bars = points.flatMap(({ x, y, half }): (Point | '-')[] =>
      half === undefined ? [] : [[x, within(y - half)], [x, within(y + half)], '-'],
    );
    const shared = { type: 'line', name, itemStyle: { color: drawn } };
    return [
      {
        ...shared,
        data: points.map(({ x, y }): Point => [x, within(y)]),
        showSymbol: dashed !== true && points.length <= 20,
        symbol: 'circle',
        symbolSize: 5,
        lineStyle: { width: 1.75, ...(dashed === true ? { type: 'dashed' } : {}) },
      },
      ...(bars.length === 0
        ? []
        : [{ ...shared, data: bars, showSymbol: false, lineStyle: { width: 1.25, opacity: 0.7 } }]),
    ];
  });
  return render({ ...frame, legend: true }, series);
}
