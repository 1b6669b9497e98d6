// The program as it is installed: compiled before the first test that starts it as a process.
import path from 'node:path';
import { execa } from 'execa';
import { root } from '../root.ts';

/** Program and first arguments of the installed command; the command line of sdx follows. */
export const sdxCommand: readonly [string, string] = [process.execPath, path.join(root, 'bin/sdx.js')];

/** Compiles; vitest calls this once per project; the second time there is nothing left to compile. */
export async function setup(): Promise<void> {
  await execa('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
