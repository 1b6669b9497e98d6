// A figure of the paper, drawn: what is written to files and shown on the page. Made from numbers alone, so that the
// same numbers give the same bytes.
import type { ResultsTable } from './table/table.ts';

/** The numbers of the paper's figures and tables that `sdx figures` makes, and words for those that it adds. */
export type FigureId = '1' | '2' | '3' | '4' | '6' | '7' | '8' | '9' | '10' | 'table-1' | 'samplers';

/** A plot or a picture as SVG in the colours of the page, as report/plots makes them. */
export interface FigurePlot {
  /** What tells it from other plots of the figure; '' where there is only one. */
  readonly name: string;
  readonly svg: string;
  readonly caption: string;
  /** A whole row of the page instead of half of one. */
  readonly wide?: boolean;
  /** Holds pictures, which the page shows from its file: they are too large to stand in both. */
  readonly pictures?: boolean;
}

export interface FigureTable {
  /** As that of a plot. */
  readonly name: string;
  readonly table: ResultsTable;
  /** Too long for the page, which then says where it is. */
  readonly onlyFile?: boolean;
}

export interface Figure {
  readonly id: FigureId;
  readonly title: string;
  /** What is seen and how it was measured, in a few sentences. */
  readonly about: string;
  readonly plots: readonly FigurePlot[];
  readonly tables: readonly FigureTable[];
  /** What is timed, and so differs from run to run: it stands in files of its own, which the page shows where they are. */
  readonly timed?: {
    readonly svg: string;
    readonly table: ResultsTable;
    readonly caption: string;
  };
}

/** Folder of what is timed, beside the other files; it is not for version control. */
export const timedFolder = 'timed';

/** Figures that the paper does not have. */
const added: ReadonlySet<FigureId> = new Set(['samplers']);

/** `Fig. 9`, `Table 1`, `Samplers`. */
export function figureLabel(id: FigureId): string {
  if (added.has(id)) return `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
  return id.startsWith('table-') ? `Table ${id.slice('table-'.length)}` : `Fig. ${id}`;
}

/** How names of a figure's files begin: `figure-9`, `table-1`, `samplers`. */
function figureStem(id: FigureId): string {
  return id.startsWith('table-') || added.has(id) ? id : `figure-${id}`;
}

/** The name of a file of a figure: `figure-9-sd.svg`. */
export function figureFile(id: FigureId, name: string, extension: 'svg' | 'csv'): string {
  return `${figureStem(id)}${name === '' ? '' : `-${name}`}.${extension}`;
}
