// The catalog as a commander program. Commander parses and prints help; what it finds wrong becomes a UserError.
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ExitCode, UserError } from '../errors.ts';
import { sdxVersion } from '../runner/sdx-version.ts';
import { commands } from './catalog.ts';
import {
  argumentName,
  helpCommand,
  helpOption,
  valueSpec,
  versionOption,
  type CommandSpec,
  type NamedOption,
} from './command-spec.ts';
import { exitCodeTexts } from './exit.ts';
import type { Io } from './io.ts';

/** Runs the command that `argv` (without node and script) names; the exit code. Throws UserError on wrong usage. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = buildProgram(io, async (run) => {
    exitCode = await run();
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.ok; // help or version was printed
    if (error.code === 'commander.help') return ExitCode.usage; // no command: help went to stderr
    throw usageError(error, argv);
  }
  return exitCode;
}

/** All commands; `finish` receives what runs the one that is parsed. */
export function buildProgram(io: Io, finish: (run: () => Promise<number>) => Promise<void>): Command {
  const program = settle(new Command('sdx'), io)
    .description('Diffusion models made slim: one YAML file, one reproducible Spectral Diffusion experiment.')
    .version(sdxVersion(), versionOption.flags, versionOption.help)
    .helpOption(helpOption.flags, helpOption.help)
    .helpCommand(helpCommand.usage, helpCommand.help)
    .addHelpText('after', `\nExit codes: ${exitCodeTexts().join(', ')}.`);
  for (const spec of commands) program.addCommand(buildCommand(spec, io, finish));
  return program;
}

function buildCommand(
  spec: CommandSpec,
  io: Io,
  finish: (run: () => Promise<number>) => Promise<void>,
): Command {
  const command = settle(new Command(spec.name), io)
    .description(spec.help)
    .helpOption(helpOption.flags, helpOption.help)
    .addHelpText('after', ['', 'Examples:', ...spec.examples.map((line) => `  ${line}`)].join('\n'));
  for (const [name, arg] of Object.entries(spec.args)) {
    const { help, choices } = valueSpec(arg);
    const argument = new Argument(name, help);
    command.addArgument(choices ? argument.choices(choices) : argument);
  }
  for (const option of spec.options) command.addOption(buildOption(option));
  return command.action((...given: unknown[]) => {
    const args = Object.fromEntries(Object.keys(spec.args).map((key, i) => [argumentName(key), given[i]]));
    return finish(() => spec.run(args, { ...switchedOff(spec), ...command.opts<object>() }, io));
  });
}

/** Switches are false unless given; commander would leave them out, or print `(default: false)` in the help. */
function switchedOff({ options }: CommandSpec): Record<string, boolean> {
  const switches = options.filter(({ value }) => value === undefined);
  return Object.fromEntries(switches.map(({ name }) => [name, false]));
}

/** Errors are thrown, not printed; help goes to stdout. */
function settle(command: Command, io: Io): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    outputError: () => undefined,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}

const parsers = {
  count: (text: string) => wholeNumber(text, 1),
  index: (text: string) => wholeNumber(text, 0),
  number: (text: string) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('A number is needed.');
    return value;
  },
  positive: (text: string) => {
    const value = Number(text);
    if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('A number above 0 is needed.');
    return value;
  },
} as const;

function wholeNumber(text: string, least: number): number {
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
  throw new InvalidArgumentError(`A whole number from ${least} is needed.`);
}

function buildOption(spec: NamedOption): Option {
  const option = new Option(spec.flags, spec.help);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.required === true) option.makeOptionMandatory();
  if (spec.choices) option.choices(spec.choices);
  if (spec.env !== undefined) option.env(spec.env);
  if (spec.type) option.argParser(parsers[spec.type]);
  if (spec.many) option.argParser((text, before?: readonly string[]) => [...(before ?? []), text]);
  return option;
}

/** Commander's `error: message\n(Did you mean x?)` in our form. */
function usageError({ message, code }: CommanderError, argv: readonly string[]): UserError {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const near = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? '')?.[1];
  const named = commands.find(({ name }) => name === argv[0])?.name;
  const help = `sdx ${named === undefined || code === 'commander.unknownCommand' ? '' : `${named} `}--help lists what there is`;
  return new UserError('usage', first, { hint: near === undefined ? help : `did you mean ${near}?` });
}
