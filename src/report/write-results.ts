// Writes results/<experiment>/: the table in every format, the manifest, the report and its images. Each file is
// replaced atomically; table files depend on nothing but the manifest's results.
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { InvariantError } from '../errors.ts';
import { formatJson } from './formats/json.ts';
import { tableFiles } from './formats/table-formats.ts';
import type { ReportImages } from './pages/html-sections.ts';
import { renderReport } from './pages/html.ts';
import type { ResultsManifest } from '../results/manifest.ts';
import { buildTable } from './table/experiment-table.ts';

/** All files of the folder but the images, by name; the same manifest gives the same bytes. */
export function resultsFiles(manifest: ResultsManifest, images: ReportImages): Record<string, string> {
  return {
    ...tableFiles(buildTable(manifest), ['md', 'csv', 'tex']),
    'manifest.json': formatJson(manifest),
    'report.html': renderReport(manifest, images),
  };
}

/** Writes all files into `folder`, made if absent, and returns their names, sorted. `images`: PNG bytes by plain file name. */
export function writeResults(
  folder: string,
  manifest: ResultsManifest,
  images: ReportImages,
): Promise<string[]> {
  return writeResultsFolder(folder, resultsFiles(manifest, images), images);
}

/** As `writeResults`, of files that are made already. */
export async function writeResultsFolder(
  folder: string,
  texts: Readonly<Record<string, string>>,
  images: ReportImages,
): Promise<string[]> {
  for (const name of Object.keys(images))
    if (path.basename(name) !== name || !name.endsWith('.png'))
      throw new InvariantError(`image name ${name} is not a plain .png file name`);
  const files: Record<string, string | Uint8Array> = { ...images, ...texts };
  const names = Object.keys(files).sort();
  await makeFolder(folder);
  for (const name of names) await writeFileAtomic(path.join(folder, name), files[name]!);
  return names;
}
