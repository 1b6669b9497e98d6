// `sdx validate`: checks experiment files one by one; a broken one does not hide the problems of the next.
import { loadExperiment, type LoadedExperiment } from '../../config/load.ts';
import { placeText } from '../../config/problem.ts';
import { ExitCode, UserError } from '../../errors.ts';
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
    throw new UserError('usage', 'no experiment file is named, only overrides', {
      hint: 'sdx validate experiments/quickstart.yaml key.key=value',
    });
  const reports: unknown[] = [];
  let exitCode: number = ExitCode.ok;
  for (const file of files) {
    try {
      const loaded = await loadExperiment(file, overrides);
      reports.push({
        file,
        valid: true,
        digest: loaded.digest,
        warnings: loaded.warnings,
        config: loaded.config,
      });
      if (!json) printValid(file, loaded, io);
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

function printValid(file: string, { config, digest, warnings }: LoadedExperiment, io: Io): void {
  for (const { where, message } of warnings) io.stderr.write(`warning: ${placeText(where)}: ${message}\n`);
  const students = Object.keys(config.students).join(', ');
  io.stdout.write(`${file}: valid (${config.name}; students ${students}; digest ${digest.slice(0, 12)})\n`);
}
