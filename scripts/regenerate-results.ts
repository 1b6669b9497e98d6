// Makes the generated files of results again from their manifests, after a change of tables, pages or the manifest's
// form: npx tsx scripts/regenerate-results.ts results/quickstart results/ablation ...
import { writeResultsFolder } from '../src/report/write-results.ts';
import { findResults } from '../src/runner/read-results.ts';
import { generatedFiles } from '../src/verify/result-files.ts';

for (const target of process.argv.slice(2)) {
  const found = await findResults(target, 'results');
  const { files, missing } = await generatedFiles(found);
  if (missing.length > 0) throw new Error(`${target} lacks ${missing.join(', ')}`);
  await writeResultsFolder(found.folder, files, {});
  console.log(`${found.folder}: ${Object.keys(files).join(', ')}`);
}
