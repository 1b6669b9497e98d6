// What a row of the catalog says about a command: how it is called, what its help prints, what Tab offers.
import type { Io } from './io.ts';

/**
 * What Tab offers where words are not enough: `yaml` is experiment and sweep files, `override` keys of the schema,
 * `student` names in the experiment on the line, `result` names in the results folder.
 */
export type Source = 'yaml' | 'file' | 'folder' | 'override' | 'student' | 'result';

/** What an argument, or the value of an option, may be. */
export interface ValueSpec {
  readonly help: string;
  /** The only words allowed. */
  readonly choices?: readonly string[];
  /** Words that Tab offers; others are allowed, too. */
  readonly suggestions?: readonly string[];
  /** Left out: files, unless choices, suggestions or a type say more. */
  readonly offers?: readonly Source[];
}

export interface OptionSpec extends ValueSpec {
  /** As commander writes it: `--count <n>`. */
  readonly flags: string;
  /** Of options with a value; switches are false. */
  readonly default?: string | number;
  /** The command cannot do without it. */
  readonly required?: boolean;
  /** Environment variable that gives it, too. */
  readonly env?: string;
  /** Text by default. `count` is an integer from 1, `index` one from 0, `positive` a number above 0. */
  readonly type?: 'count' | 'index' | 'number' | 'positive';
}

export interface CommandSpec {
  readonly name: string;
  /** As commander writes them: `<experiment> [overrides...]`; a text alone is the help. */
  readonly args: Readonly<Record<string, string | ValueSpec>>;
  readonly help: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** Commander delivers what the row declares; `never` lets each row name its own types. */
  readonly run: (args: never, options: never, io: Io) => Promise<number>;
}

/** What commander adds to the commands of the catalog. */
export const helpCommand = { usage: 'help [command]', name: 'help', help: 'print the help of a command' };
export const helpOption: OptionSpec = { flags: '-h, --help', help: 'print this help' };
export const versionOption: OptionSpec = { flags: '--version', help: 'print the version' };

/** Whether a value follows the option. */
export function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes('<');
}

/** `--count` of `-c, --count <n>`. */
export function longName({ flags }: OptionSpec): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

/** An argument in full, its help alone or not. */
export function valueSpec(arg: string | ValueSpec): ValueSpec {
  return typeof arg === 'string' ? { help: arg } : arg;
}
