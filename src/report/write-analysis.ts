// Writes results/<experiment>/analysis/ and results/<sweep>/analysis/: numbers for machines, and the page for people.
import { renderAnalysis } from './pages/analysis-html.ts';
import { renderSweepAnalysis } from './pages/sweep-analysis-html.ts';
import { gateTable, lossTable } from './table/analysis-tables.ts';
import { cellLossTable, runLossTable } from './table/sweep-analysis-tables.ts';
import type { Analysis } from '../results/analysis.ts';
import type { SweepAnalysis } from '../results/sweep-analysis.ts';
import { formatCsv } from './formats/csv.ts';
import { formatJson } from './formats/json.ts';
import { writeResultsFolder } from './write-results.ts';

/** All files of the folder by name; the same analysis gives the same bytes. */
export function analysisFiles(analysis: Analysis): Record<string, string> {
  return {
    'loss.csv': formatCsv(lossTable(analysis)),
    'gates.csv': formatCsv(gateTable(analysis)),
    'analysis.json': formatJson(analysis),
    'analysis.html': renderAnalysis(analysis),
  };
}

/** Writes all files into `folder`, made if absent, each atomically; returns their names, sorted. */
export function writeAnalysis(folder: string, analysis: Analysis): Promise<string[]> {
  return writeResultsFolder(folder, analysisFiles(analysis), {});
}

/** The same for a sweep. */
export function sweepAnalysisFiles(analysis: SweepAnalysis): Record<string, string> {
  return {
    'cells.csv': formatCsv(cellLossTable(analysis)),
    'loss.csv': formatCsv(runLossTable(analysis)),
    'analysis.json': formatJson(analysis),
    'analysis.html': renderSweepAnalysis(analysis),
  };
}

/** Writes all files into `folder`, made if absent, each atomically; returns their names, sorted. */
export function writeSweepAnalysis(folder: string, analysis: SweepAnalysis): Promise<string[]> {
  return writeResultsFolder(folder, sweepAnalysisFiles(analysis), {});
}
