// Runs the command line as its users do: as a process of its own.
import { execa } from 'execa';
import { fileURLToPath } from 'node:url';

const typescript = import.meta.resolve('tsx');
const entry = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Finished {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface Settings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a TypeScript file under Node; the promise is not rejected by exit codes. */
export function script(file: string, args: readonly string[] = [], { cwd = root, env = {} }: Settings = {}) {
  return execa(process.execPath, ['--import', typescript, file, ...args], {
    cwd,
    env: { NO_COLOR: '', FORCE_COLOR: '', ...env },
    reject: false,
    stdin: 'ignore',
  });
}

/** A running `sdx`; waits, like the others, without being rejected by exit codes. */
export function startSdx(args: readonly string[], settings: Settings = {}) {
  return script(entry, args, settings);
}

export async function sdx(args: readonly string[], settings: Settings = {}): Promise<Finished> {
  const { exitCode, stdout, stderr } = await startSdx(args, settings);
  return { exitCode, stdout, stderr };
}
