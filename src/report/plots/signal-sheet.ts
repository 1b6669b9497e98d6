// One-dimensional signals drawn over each other in panels side by side, as SVG.
import { escapeHtml } from '../formats/html-table.ts';
import { seriesColors } from './plots.ts';

export interface SignalPanel {
  readonly title: string;
  readonly signals: readonly (readonly number[])[];
}

const width = 1320;
const height = 250;
const titleHeight = 30;
const gap = 24;
/** The panels' range: a cosine fills two thirds of it. */
const limit = 1.5;

/** Values beyond +-1.5 are cut off at the panel's edge. */
export function signalSheet(alt: string, panels: readonly SignalPanel[]): string {
  const across = (width - gap * (panels.length - 1)) / panels.length;
  const body = panels.flatMap(({ title, signals }, i) => {
    const left = i * (across + gap);
    const clip = `signals-${i}`;
    const drawn = signals.map((values) => {
      const points = values.map((value, at) => {
        const x = left + (at * across) / (values.length - 1);
        const y = titleHeight + ((limit - value) / (2 * limit)) * (height - titleHeight);
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      });
      return `<polyline points="${points.join(' ')}"/>`;
    });
    const box = `x="${left.toFixed(1)}" y="${titleHeight}" width="${across.toFixed(1)}" height="${height - titleHeight}"`;
    return [
      `<text x="${left.toFixed(1)}" y="18" fill="var(--ink)" font-size="15" font-family="inherit">${escapeHtml(title)}</text>`,
      `<clipPath id="${clip}"><rect ${box}/></clipPath>`,
      `<rect ${box} fill="none" stroke="var(--rule)"/>`,
      `<g clip-path="url(#${clip})" fill="none" stroke="${seriesColors[1]!}" stroke-width="1.2" stroke-opacity="0.35">`,
      ...drawn,
      '</g>',
    ];
  });
  return [
    `<svg role="img" aria-label="${escapeHtml(alt)}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    ...body,
    '</svg>',
  ].join('\n');
}
