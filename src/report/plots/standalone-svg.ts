// Plots of a page as files of their own. The page's colours are CSS variables, which few programs besides browsers know:
// in a file stand the colours of its light theme themselves, on a ground of their own.
import { InvariantError } from '../../errors.ts';
import { withoutHover } from './hover-points.ts';
import { styleSheet } from '../pages/html-style.ts';

/** `--ink` -> `#1d2126`, of the light theme, which the sheet names first. */
const colors: ReadonlyMap<string, string> = new Map(
  [...styleSheet.slice(0, styleSheet.indexOf('@media')).matchAll(/(--[\w-]+): (#[0-9a-f]{6})/g)].map(
    ([, name, color]) => [name!, color!],
  ),
);

/** An SVG as report/plots makes them, to be opened by itself. */
export function standaloneSvg(plot: string): string {
  const svg = withoutHover(plot);
  const box = /viewBox="0 0 (\d+) (\d+)"/.exec(svg);
  if (box === null) throw new InvariantError('a plot without a view box');
  const [, width, height] = box;
  const colored = svg.replace(/var\((--[\w-]+)\)/g, (_, name: string) => {
    const color = colors.get(name);
    if (color === undefined) throw new InvariantError(`the style sheet has no colour ${name}`);
    return color;
  });
  const ground = `<rect width="100%" height="100%" fill="${colors.get('--card')!}"/>`;
  return `${colored
    .replace(/^<svg /, `<svg width="${width!}" height="${height!}" `)
    .replace(/font-family:inherit/g, 'font-family:sans-serif')
    .replace(/font-family="inherit"/g, 'font-family="sans-serif"')
    .replace(/>/, `>${ground}`)}\n`; // the first > ends the svg tag
}
