// `sdx doctor`: whether this machine and installation can run experiments; each finding with what to do about it.
import { ExitCode } from '../../errors.ts';
import { checkInstallation, type Finding } from '../../runner/installation.ts';
import type { Io } from '../io.ts';
import type { DoctorOptions } from '../options.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';

/** Exit 0, or 3 where a finding is `fail`. */
export async function doctorCommand({ json, store, device }: DoctorOptions, io: Io): Promise<number> {
  const findings = await checkInstallation(store, device);
  io.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : text(findings, io.screen));
  return findings.some(({ status }) => status === 'fail') ? ExitCode.input : ExitCode.ok;
}

function text(findings: readonly Finding[], screen?: Screen): string {
  return textTable(
    ['check', 'status', 'found'],
    findings.map(({ check, status, found, hint }) => [
      check,
      status,
      hint === undefined ? found : `${found}; ${hint}`,
    ]),
    screen,
  );
}
