// `sdx analyze`: at which noise levels and frequencies trained models lose against their teacher, and what their
// wavelet gates do.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import { gateTable, lossTable } from '../../report/table/analysis-tables.ts';
import { formatJson } from '../../report/formats/json.ts';
import { formatText } from '../../report/formats/text.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { runAnalysis } from '../../runner/run-analysis.ts';
import { stages } from '../../stages/registry.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { PipelineOptions } from '../options.ts';
import { openProgress } from '../progress.ts';

/** `words`: names of models, and changes to the experiment. Prints both tables and the folder of the files. */
export async function analyzeCommand(
  experiment: string,
  words: readonly string[],
  options: PipelineOptions,
  io: Io,
): Promise<number> {
  const overrides = words.filter((word) => word.includes('='));
  // An empty section, which the schema fills in: what `sdx run` does not read does not stand in its configuration.
  const { config, store } = await loadPipeline(experiment, ['analyze={}', ...overrides], options, io);
  const engine = lazyEngine(await askedEngine(config, {}, io));
  const progress = openProgress(io);
  const { analysis, folder } = await runAnalysis({
    config,
    experiment,
    models: words.filter((word) => !word.includes('=')),
    store,
    resultsDir: options.results,
    stages,
    engine,
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
    },
  }).finally(() => {
    progress.close();
  });
  const tables = [lossTable(analysis), gateTable(analysis)].filter(({ rows }) => rows.length > 0);
  const place = `${path.relative('', path.join(folder, 'analysis.html'))}\n`;
  io.stdout.write(
    options.json
      ? formatJson(analysis)
      : [...tables.map((table) => formatText(table, io.screen)), place].join('\n'),
  );
  return ExitCode.ok;
}
