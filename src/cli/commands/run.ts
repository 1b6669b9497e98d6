// `sdx run`: runs or resumes an experiment and prints its table.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import { formatMarkdown } from '../../report/formats/markdown.ts';
import { buildTable } from '../../report/table.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { runExperiment } from '../../runner/run-experiment.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import { loadPipeline, type Pipeline } from '../load-pipeline.ts';
import type { PipelineOptions } from '../options.ts';
import { errorReport, reportText } from '../print-error.ts';
import { openProgress, type Progress } from '../progress.ts';
import type { LeadOptions } from '../run-over-mpi.ts';

/** Exit 0, or 1 where stages of single models failed. Throws as runExperiment does. */
export async function runCommand(
  experiment: string,
  overrides: readonly string[],
  options: PipelineOptions,
  io: Io,
): Promise<number> {
  const pipeline = await loadPipeline(experiment, overrides, options, io);
  const { threads, distributed } = pipeline.config;
  if (distributed === 'none') return runPipeline(pipeline, options, { io, threads });
  const { runOverMpi } = await import('../run-over-mpi.ts');
  return runOverMpi(pipeline.config, io, options.json, (lead) => runPipeline(pipeline, options, lead));
}

async function runPipeline(
  { config, file, digest, store }: Pipeline,
  options: PipelineOptions,
  { io, team, threads }: Omit<LeadOptions, 'team'> & Partial<Pick<LeadOptions, 'team'>>,
): Promise<number> {
  const progress = options.json ? jsonLines(io) : openProgress(io);
  const run = await runExperiment({
    config,
    file,
    configDigest: digest,
    store,
    resultsDir: options.results,
    stages,
    engine: lazyEngine(config.engine, { threads }),
    ...(team && { team }),
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
    },
  }).finally(() => {
    progress.close();
  });
  const folder = path.relative('', run.resultsFolder) || '.';
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ type: 'results', folder })}\n`
      : `${formatMarkdown(buildTable(run.manifest))}\nResults: ${folder}\n`,
  );
  for (const id of run.outcome.failed) {
    const outcome = run.outcome.nodes[id];
    if (outcome?.status === 'failed')
      io.stderr.write(`${reportText(errorReport(outcome.error), io.color)}\n`);
  }
  return run.outcome.failed.length > 0 ? ExitCode.stageFailed : ExitCode.ok;
}

/** One JSON object a line on stdout for every event. */
function jsonLines(io: Io): Progress {
  return {
    show: (event) => io.stdout.write(`${JSON.stringify(event)}\n`),
    close: () => undefined,
  };
}
