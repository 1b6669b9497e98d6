// Runs the command line as its users do: as a process of its own.
import { execa } from 'execa';
import { root } from '../root.ts';
import { sdxCommand } from './compiled.ts';

const typescript = import.meta.resolve('tsx');

export interface Finished {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface Settings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function start(program: string, args: readonly string[], { cwd = root, env = {} }: Settings) {
  return execa(program, args, {
    cwd,
    env: { NO_COLOR: '', FORCE_COLOR: '', ...env },
    reject: false,
    stdin: 'ignore',
  });
}

/** Runs a TypeScript file under Node; the promise is not rejected by exit codes. */
export function script(file: string, args: readonly string[] = [], settings: Settings = {}) {
  return start(process.execPath, ['--import', typescript, file, ...args], settings);
}

/** A running `sdx`; waits, like the others, without being rejected by exit codes. */
export function startSdx(args: readonly string[], settings: Settings = {}) {
  const [program, ...first] = sdxCommand;
  return start(program, [...first, ...args], settings);
}

export async function sdx(args: readonly string[], settings: Settings = {}): Promise<Finished> {
  const { exitCode, stdout, stderr } = await startSdx(args, settings);
  return { exitCode, stdout, stderr };
}
