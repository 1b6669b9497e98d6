// `sdx completion`: the script that teaches a shell to complete sdx, and the answers to its questions.
import { readFile } from 'node:fs/promises';
import { ExitCode } from '../../errors.ts';
import type { CommandSpec } from '../command-spec.ts';
import { complete } from '../completion/complete.ts';
import type { Io } from '../io.ts';
import { completionScripts, type Shell } from '../options.ts';

const scripts = new URL('../../../completions/', import.meta.url);

/**
 * Prints the script of `shell`. With `words`, what the script asks with: a line `kind TAB prefix` of the files to list
 * (empty: none), then `candidate TAB help`. Answers are the same for all shells.
 */
export async function completionCommand(
  shell: Shell,
  words: readonly string[],
  commands: readonly CommandSpec[],
  io: Io,
): Promise<number> {
  if (words.length === 0) {
    io.stdout.write(await readFile(new URL(completionScripts[shell], scripts), 'utf8'));
    return ExitCode.ok;
  }
  const { candidates, files } = await complete(words, commands);
  const lines = candidates.map(({ value, help }) => `${value}\t${help.replaceAll(/\s+/g, ' ')}`);
  io.stdout.write([`${files?.kind ?? ''}\t${files?.prefix ?? ''}`, ...lines].join('\n') + '\n');
  return ExitCode.ok;
}
