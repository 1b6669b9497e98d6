// How far the order of a sweep's cells is that of the paper's ablation.
import { kendallTau, type RankCorrelation } from '../../metrics/kendall-tau.ts';
import { axisText } from '../axis-value.ts';
import { paperAblation, type Toggles } from '../paper.ts';
import { fidOver } from './measured.ts';
import type { Row } from './row.ts';

export interface PaperOrder extends RankCorrelation {
  /** Values of the sweep's axes that the cells share, as people read them; empty without axes. */
  readonly axes: string;
}

/**
 * Kendall's tau of the cells' mean FIDs against the paper's Table 5, for each choice of the axes that has at least three
 * of its cells, all taken in one way.
 */
export function paperOrders(cells: readonly Row[]): PaperOrder[] {
  return [...new Set(cells.map(axesText))].flatMap((axes) => {
    const pairs = cells.flatMap((row) => {
      const [fid, printed] = [fidOver(row), printedFid(row)];
      return fid === undefined || printed === undefined || axesText(row) !== axes
        ? []
        : [{ fid: fid.average.mean, printed, card: fid.card }];
    });
    const alike = new Set(pairs.map(({ card }) => card)).size === 1;
    const once = new Set(pairs.map(({ printed }) => printed)).size === pairs.length;
    if (pairs.length < 3 || !alike || !once) return [];
    const order = kendallTau(
      pairs.map(({ printed }) => printed),
      pairs.map(({ fid }) => fid),
    );
    return order === undefined ? [] : [{ ...order, axes }];
  });
}

function axesText({ axes }: Row): string {
  return [...axes].map(([key, value]) => `${key} = ${axisText(value)}`).join(', ');
}

/** The FID of Table 5 for the same switches; undefined where one of them is not known. */
function printedFid({ switches }: Row): number | undefined {
  const names = ['waveletGating', 'spatial', 'freq'] as const satisfies readonly (keyof Toggles)[];
  return paperAblation.find((one) => names.every((name) => one[name] === switches[name]))?.fid;
}

/** The order in words. */
export function describeOrder({ axes, tau, p, n }: PaperOrder): string {
  const where = axes === '' ? '' : ` at ${axes}`;
  return `Order of ${n} cells${where} against Table 5 of the paper: Kendall's tau = ${tau.toFixed(2)} (1: the same order), exact two-sided p = ${p.toPrecision(2)}.`;
}
