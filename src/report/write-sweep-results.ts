// Writes results/<sweep>/: the table in every format, the manifest, the report and sample grids.
import { formatJson } from './formats/json.ts';
import { tableFiles } from './formats/table-formats.ts';
import type { ReportImages } from './pages/html-sections.ts';
import { renderSweepReport } from './pages/sweep-html.ts';
import type { SweepManifest } from '../results/sweep-manifest.ts';
import { buildSweepTable } from './table/sweep-table.ts';
import { writeResultsFolder } from './write-results.ts';

/** All files of the folder but the images, by name; the same manifest gives the same bytes. */
export function sweepFiles(manifest: SweepManifest, images: ReportImages): Record<string, string> {
  return {
    ...tableFiles(buildSweepTable(manifest), ['md', 'csv', 'tex', 'json']),
    'manifest.json': formatJson(manifest),
    'report.html': renderSweepReport(manifest, images),
  };
}

/** Writes all files into `folder`, made if absent, and returns their names, sorted. */
export function writeSweepResults(
  folder: string,
  manifest: SweepManifest,
  images: ReportImages,
): Promise<string[]> {
  return writeResultsFolder(folder, sweepFiles(manifest, images), images);
}
