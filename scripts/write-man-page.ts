// The man page: what `--help` prints of all commands, as roff. `npm run build` lays it beside the compiled program.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { commands } from '../src/cli/catalog.ts';
import { helpOption, longName } from '../src/cli/command-spec.ts';
import { exitCodeTexts } from '../src/cli/exit.ts';
import type { Io } from '../src/cli/io.ts';
import { buildProgram } from '../src/cli/program.ts';

/** Commands are described, and none is run. */
const idle: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: false,
  color: false,
  signal: new AbortController().signal,
};

/** sdx.1, in the macros of man(7). */
export function manPage(): string {
  const program = buildProgram(idle, () => Promise.resolve());
  const help = program.createHelp();
  const optionsOf = (command: typeof program): string[] =>
    help
      .visibleOptions(command)
      .filter((option) => command === program || option.long !== longName(helpOption))
      .flatMap((option) => item(help.optionTerm(option), help.optionDescription(option)));
  const lines = [
    `.TH SDX 1 "" "sdx ${program.version()}"`,
    '.SH NAME',
    `sdx \\- ${roff(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    roff(help.commandUsage(program)),
    '.SH OPTIONS',
    ...optionsOf(program),
    '.SH COMMANDS',
    ...program.commands.flatMap((command, i) => [
      `.SS ${roff(`sdx ${command.name()}`)}`,
      roff(`${help.commandDescription(command)}.`),
      '.PP',
      bold(help.commandUsage(command)),
      ...help
        .visibleArguments(command)
        .flatMap((argument) => item(help.argumentTerm(argument), help.argumentDescription(argument))),
      ...optionsOf(command),
      '.PP',
      'Examples:',
      '.RS 4',
      '.EX',
      ...commands[i]!.examples.map(roff),
      '.EE',
      '.RE',
    ]),
    '.SH EXIT STATUS',
    ...exitCodeTexts().flatMap((text) => item(...(/^(\d+) (.*)$/.exec(text)!.slice(1) as [string, string]))),
  ];
  return `${lines.join('\n')}\n`;
}

/** A term, and what it is in an indented paragraph. */
function item(term: string, description: string): string[] {
  return ['.TP', bold(term), roff(description)];
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

/** Text that roff prints as it stands. */
function roff(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '\\': '\\(rs',
    "'": '\\(aq',
    '`': '\\(ga',
    '^': '\\(ha',
    '~': '\\(ti',
    '-': '\\-',
  };
  return text.replace(/[\\'`^~-]/g, (sign) => names[sign]!).replace(/^\./, '\\&.');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(fileURLToPath(new URL('../dist/sdx.1', import.meta.url)), manPage());
