// `sdx validate`: checks files of experiments and sweeps one by one; a broken one does not hide the problems of the next.
import { ExitCode, UserError } from '../../errors.ts';
import { checkFile, type CheckedFile } from '../../sweep/check-file.ts';
import type { Io } from '../io.ts';
import { tellWarnings } from '../tell-warnings.ts';
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
      const checked = await checkFile(file, overrides);
      const { warnings } = checked;
      reports.push({ file, valid: true, warnings, ...details(checked) });
      if (json) continue;
      tellWarnings(warnings, io);
      io.stdout.write(`${file}: valid (${summary(checked)})\n`);
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

/** For a line of text. */
function summary(checked: CheckedFile): string {
  if (checked.kind === 'experiment') {
    const { config, digest } = checked;
    return `${config.name}; students ${Object.keys(config.students).join(', ')}; digest ${digest.slice(0, 12)}`;
  }
  const { name, cells, runs } = checked;
  return `sweep ${name}; ${cells} cells, ${runs.length} ${runs.length === 1 ? 'experiment' : 'experiments'}`;
}

/** For a report. */
function details(checked: CheckedFile): object {
  const { kind } = checked;
  return kind === 'experiment'
    ? { kind, digest: checked.digest, config: checked.config }
    : { kind, name: checked.name, runs: checked.runs };
}
