// The paper's figures and tables that `sdx figures` makes, in the order of its page. A new figure is one row here, and its
// file or room beside this one; FigureId names it.
import type { FigureSpec } from './figure-spec.ts';
import { sampleGrids } from './sample-grids.ts';

export const figureCatalog: readonly FigureSpec[] = [sampleGrids];
