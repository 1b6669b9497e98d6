// `sdx analyze`: at which noise levels and frequencies trained models lose against their teacher, and what their
// wavelet gates do.
import path from 'node:path';
import { engineOverrides } from '../../engine/engine-options.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { formatJson } from '../../report/formats/json.ts';
import { formatText } from '../../report/formats/text.ts';
import { gateTable, lossTable } from '../../report/table/analysis-tables.ts';
import { cellLossTable } from '../../report/table/sweep-analysis-tables.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import type { Analysis } from '../../results/analysis.ts';
import type { SweepAnalysis } from '../../results/sweep-analysis.ts';
import { runAnalysis } from '../../runner/run-analysis.ts';
import { openStore } from '../../store/store.ts';
import { analyzeSweep } from '../../sweep/analyze-sweep.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import { loadSweep } from '../../sweep/load-sweep.ts';
import type { Io } from '../io.ts';
import { tellWarnings } from '../tell-warnings.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { AnalyzeOptions } from '../options.ts';
import { runShown } from '../run-shown.ts';

/**
 * `words`: names of models, and changes to the experiment; of a sweep, changes alone. Prints the tables and the folder of
 * the files.
 */
export async function analyzeCommand(
  file: string,
  words: readonly string[],
  options: AnalyzeOptions,
  io: Io,
): Promise<number> {
  const models = words.filter((word) => !word.includes('='));
  // An empty section, which the schema fills in: what `sdx run` does not read does not stand in its configuration.
  const changes = ['analyze={}', ...words.filter((word) => word.includes('='))];
  return (await detectSweep(file))
    ? analyzeTheSweep(file, models, changes, options, io)
    : analyzeTheExperiment(file, models, changes, options, io);
}

async function analyzeTheExperiment(
  file: string,
  models: readonly string[],
  changes: readonly string[],
  options: AnalyzeOptions,
  io: Io,
): Promise<number> {
  const { config, store, variant } = await loadPipeline(file, changes, options, io);
  const { analysis, folder } = await runShown(config, io, async (shown) =>
    runAnalysis({
      ...shown,
      store,
      resultsDir: options.results,
      variant: await variant(),
      config,
      models,
      trainedBy: `sdx run ${file}`,
    }),
  );
  return print(analysis, [lossTable(analysis), gateTable(analysis)], folder, options, io);
}

async function analyzeTheSweep(
  file: string,
  models: readonly string[],
  changes: readonly string[],
  options: AnalyzeOptions,
  io: Io,
): Promise<number> {
  if (models.length > 0)
    throw new UserError(
      'usage',
      `a sweep is analyzed as a whole; ${models[0]!} is not a change to its base`,
      {
        hint: 'changes have the form key.key=value',
      },
    );
  const sweep = await loadSweep(file, [...changes, ...engineOverrides(options)]);
  tellWarnings(sweep.warnings, io);
  const { config } = sweep.cells[0]!.runs[0]!;
  const { analysis, folder } = await runShown(config, io, (shown) =>
    analyzeSweep({
      ...shown,
      store: openStore(options.store),
      resultsDir: options.results,
      sweep,
      trainedBy: `sdx sweep ${file}`,
    }),
  );
  return print(analysis, [cellLossTable(analysis)], folder, options, io);
}

function print(
  analysis: Analysis | SweepAnalysis,
  tables: readonly ResultsTable[],
  folder: string,
  { json }: AnalyzeOptions,
  io: Io,
): number {
  const shown = tables.filter(({ rows }) => rows.length > 0);
  const place = `${path.relative('', path.join(folder, 'analysis.html'))}\n`;
  io.stdout.write(
    json ? formatJson(analysis) : [...shown.map((table) => formatText(table, io.screen)), place].join('\n'),
  );
  return ExitCode.ok;
}
