// What a cell of a sweep is called where people read of it.
import { axisText } from './axis-value.ts';
import type { CellSettings } from '../results/sweep-manifest.ts';

const toggleNames: Readonly<Record<string, string>> = {
  waveletGating: 'WG',
  spatial: 'spatial',
  freq: 'freq',
};

/** `WG + freq`, with the values of the axes; `none` where nothing is on. */
export function cellLabel({ id, toggles, axes: choices }: CellSettings): string {
  const on = Object.entries(toggles).flatMap(([name, value]) => (value ? [toggleNames[name] ?? name] : []));
  const axes = choices.map(({ key, value }) => `${key.split('.').at(-1)!} ${axisText(value)}`);
  const switches = Object.keys(toggles).length === 0 ? [] : [on.join(' + ') || 'none'];
  return [...switches, ...axes].join(', ') || id;
}
