// The results table without a format: columns, cells and footnotes. Formats only escape and lay out; what is compared,
// marked or left out is decided by the modules beside this one.

export interface Column {
  /** Name for machines (CSV header). */
  readonly key: string;
  readonly title: string;
  readonly align: 'left' | 'right' | 'center';
  /** Only for machines: not printed by formats for people. */
  readonly machineOnly?: boolean;
}

export interface Cell {
  readonly text: string;
  /** For machines; null where there is no value. */
  readonly value: string | number | boolean | null;
  readonly bold?: boolean;
  /** Footnote letter. */
  readonly mark?: string;
}

export interface Note {
  /** The footnote letter, where the note belongs to marked cells. */
  readonly mark?: string;
  readonly text: string;
}

export interface ResultsTable {
  readonly title: string;
  readonly columns: readonly Column[];
  /** One row per model or cell; cells in column order. */
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly Note[];
}
