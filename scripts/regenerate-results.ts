// Makes the generated files of results again from their manifests, and those of their analyses, after a change of tables, pages or the manifest's
// form: npx tsx scripts/regenerate-results.ts results/quickstart results/ablation ...
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { analysisFiles, sweepAnalysisFiles } from '../src/report/write-analysis.ts';
import { writeResultsFolder } from '../src/report/write-results.ts';
import { findResults } from '../src/runner/read-results.ts';
import type { Analysis } from '../src/results/analysis.ts';
import type { SweepAnalysis } from '../src/results/sweep-analysis.ts';
import { generatedFiles } from '../src/verify/result-files.ts';

for (const target of process.argv.slice(2)) {
  const found = await findResults(target, 'results');
  const { files, missing } = await generatedFiles(found);
  if (missing.length > 0) throw new Error(`${target} lacks ${missing.join(', ')}`);
  await writeResultsFolder(found.folder, files, {});
  console.log(`${found.folder}: ${Object.keys(files).join(', ')}`);
  const folder = path.join(found.folder, 'analysis');
  const analysis = await readFile(path.join(folder, 'analysis.json'), 'utf8').catch(() => undefined);
  if (analysis === undefined) continue;
  const pages =
    found.kind === 'sweep'
      ? sweepAnalysisFiles(JSON.parse(analysis) as SweepAnalysis)
      : analysisFiles(JSON.parse(analysis) as Analysis);
  await writeResultsFolder(folder, pages, {});
  console.log(`${folder}: ${Object.keys(pages).join(', ')}`);
}
