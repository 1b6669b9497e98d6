// What `import ... from 'sdx'` gives: experiments loaded, planned, run and analyzed by a program, and their tables. The
// command line (src/cli) is another user of the same parts; nothing here prints or ends the process.
export {
  analyzeExperiment,
  planExperiment,
  runExperiment,
  type LibraryOptions,
  type RunLibraryOptions,
} from './experiments.ts';
export { formatResults, type TableFormat } from './tables.ts';
export { loadExperiment, type LoadedExperiment } from '../config/load.ts';
export { ExperimentError, type Problem } from '../config/problem.ts';
export type { Experiment } from '../config/types.generated.ts';
export { InterruptedError, StageError, UserError, type Place } from '../errors.ts';
export type { Analysis } from '../results/analysis.ts';
export type { ResultsManifest } from '../results/manifest.ts';
export type { AnalysisRun } from '../runner/run-analysis.ts';
export type { RunEvent } from '../runner/events.ts';
export type { PlannedRun, PlannedStage } from '../runner/planned-run.ts';
export type { ExperimentRun } from '../runner/run-experiment.ts';
