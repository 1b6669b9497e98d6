// Slurm as far as a call goes: shell scripts that write down how they are called and answer from files.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vi } from 'vitest';

/** Puts an executable shell script of this name first in PATH, in `<folder>/bin`; undo it with vi.unstubAllEnvs(). */
export async function fakeCommand(folder: string, name: string, script: string): Promise<void> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(bin, name), 0o755);
  const before = process.env['PATH'] ?? '';
  if (!before.startsWith(bin)) vi.stubEnv('PATH', `${bin}:${before}`);
}

export interface FakeSlurm {
  /** What squeue prints from now on: `<id>|<state>|<reason>|<node>|<comment>`. */
  queue(lines: readonly string[]): Promise<void>;
  /** The calls of sbatch and scancel so far, one a line. */
  calls(): Promise<string[]>;
}

/** sbatch gives the numbers 1, 2, ...; arrays may have `maxArraySize` tasks; calls from the `refuseFrom`-th on fail. */
export async function fakeSlurm(
  folder: string,
  { maxArraySize = 1001, refuseFrom = Infinity }: { maxArraySize?: number; refuseFrom?: number } = {},
): Promise<FakeSlurm> {
  const [queueFile, callsFile] = [path.join(folder, 'queue'), path.join(folder, 'calls')];
  for (const file of [queueFile, callsFile]) await writeFile(file, '');
  const note = (name: string): string => `echo "${name} $*" >>'${callsFile}'`;
  const refuse = `[ $n -lt ${refuseFrom} ] || { echo "sbatch: error: submit limit" >&2; exit 1; }\n`;
  await fakeCommand(
    folder,
    'sbatch',
    `n=$(($(grep -c ^sbatch '${callsFile}') + 1))\n${refuseFrom < Infinity ? refuse : ''}${note('sbatch')}\necho $n`,
  );
  await fakeCommand(folder, 'scancel', note('scancel'));
  await fakeCommand(folder, 'squeue', `exec cat '${queueFile}'`);
  await fakeCommand(folder, 'scontrol', `echo "MaxArraySize = ${maxArraySize}"`);
  return {
    queue: (lines) => writeFile(queueFile, lines.join('\n')),
    calls: async () => (await readFile(callsFile, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}
