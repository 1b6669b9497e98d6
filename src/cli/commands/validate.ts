// `sdx validate`: checks files of experiments and sweeps one by one; a broken one does not hide the problems of the next.
import { loadExperiment } from '../../config/load.ts';
import { ExperimentError, placeText, type Problem } from '../../config/problem.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import { loadSweep } from '../../sweep/load-sweep.ts';
import type { Io } from '../io.ts';
import type { JsonOption } from '../options.ts';
import { errorReport, reportText } from '../print-error.ts';

const overrideForm = /^[A-Za-z0-9_.-]+=/;

/**
 * Checks each of the files in `args`, all with the overrides (`key.key=value`) among them. The exit code is that of
 * the worst file. With `json`, stdout gets a list with one report per file, whether valid or not.
 */
export async function validateCommand(
  args: readonly string[],
  { json }: JsonOption,
  io: Io,
): Promise<number> {
  const overrides = args.filter((arg) => overrideForm.test(arg));
  const files = args.filter((arg) => !overrides.includes(arg));
  if (files.length === 0)
    throw new UserError('usage', 'no file is named, only overrides', {
      hint: 'sdx validate experiments/quickstart.yaml key.key=value',
    });
  const reports: unknown[] = [];
  let exitCode: number = ExitCode.ok;
  for (const file of files) {
    try {
      const { summary, warnings, details } = await checkFile(file, overrides);
      reports.push({ file, valid: true, warnings, ...details });
      if (json) continue;
      for (const { where, message } of warnings)
        io.stderr.write(`warning: ${placeText(where)}: ${message}\n`);
      io.stdout.write(`${file}: valid (${summary})\n`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const report = errorReport(error);
      reports.push({ file, valid: false, ...report });
      exitCode = Math.max(exitCode, report.exitCode);
      if (!json) io.stderr.write(`${reportText(report, io.color)}\n`);
    }
  }
  if (json) io.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
  return exitCode;
}

interface Valid {
  /** For a line of text. */
  readonly summary: string;
  readonly warnings: readonly Problem[];
  /** For a report. */
  readonly details: object;
}

/** Throws UserError with all problems. */
async function checkFile(file: string, overrides: readonly string[]): Promise<Valid> {
  return (await detectSweep(file)) === undefined
    ? checkExperiment(file, overrides)
    : checkSweep(file, overrides);
}

async function checkExperiment(file: string, overrides: readonly string[]): Promise<Valid> {
  const { config, digest, warnings } = await loadExperiment(file, overrides);
  const students = Object.keys(config.students).join(', ');
  return {
    summary: `${config.name}; students ${students}; digest ${digest.slice(0, 12)}`,
    warnings,
    details: { kind: 'experiment', digest, config },
  };
}

/** All cells, as `sdx sweep` would run them, and the base by itself. */
async function checkSweep(file: string, overrides: readonly string[]): Promise<Valid> {
  const { name, base, cells, seeds, warnings } = await loadSweep(file, overrides);
  const count = cells.length * seeds.length;
  return {
    summary: `sweep ${name}; ${cells.length} cells, ${count} ${count === 1 ? 'experiment' : 'experiments'}`,
    warnings: [...warnings, ...(await problemsOfBase(base))],
    details: {
      kind: 'sweep',
      name,
      runs: cells.flatMap(({ runs }) => runs.map(({ id, digest }) => ({ id, digest }))),
    },
  };
}

/**
 * What is wrong with the base without the sweep. Only warnings: a sweep may complete its base, and leaves out students
 * that it does not train.
 */
async function problemsOfBase(base: string): Promise<readonly Problem[]> {
  try {
    await loadExperiment(base);
    return [];
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return error.problems.map(({ where, message }) => ({
      where,
      message: `in the base by itself, ${message}`,
    }));
  }
}
