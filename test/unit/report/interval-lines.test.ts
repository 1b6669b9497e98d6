import { expect, it } from 'vitest';
import { intervalLines } from '../../../src/report/plots/interval-lines.ts';

it('draws a bar for every interval, in the colour of its line and within the axis', () => {
  const frame = { name: 'test', x: { name: 'x' }, y: { name: 'y', log: true, range: [0.1, 10] } } as const;
  const points = [
    { x: 1, y: 1, half: 0.5 },
    { x: 2, y: 2, half: 5 },
  ];
  const bare = intervalLines(frame, [{ name: 'a', points: points.map(({ x, y }) => ({ x, y })) }]);
  const svg = intervalLines(frame, [{ name: 'a', points }]);
  const strokes = (text: string): number => text.match(/stroke="var\(--series-1\)"/g)?.length ?? 0;
  expect(strokes(svg)).toBeGreaterThan(strokes(bare));
  expect(svg).not.toContain('NaN');
  expect(intervalLines(frame, [{ name: 'a', points }])).toBe(svg);
});
