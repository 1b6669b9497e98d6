// What a row of the catalog says about a command: how it is called, what its help prints, what Tab offers. The types of
// what its function receives follow from it.
import type { Io } from './io.ts';

/**
 * What Tab offers where words are not enough: `yaml` is experiment and sweep files, `override` keys of the schema,
 * `student` names in the experiment on the line, `stages` lists of its stages, `result` names in the results folder.
 */
export type Source = 'yaml' | 'file' | 'folder' | 'override' | 'student' | 'stages' | 'result';

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
  /** What follows the option, as help shows it: `<n>`. A switch has none; it is false unless it is given. */
  readonly value?: `<${string}>`;
  readonly default?: string | number;
  /** The command cannot do without it. */
  readonly required?: boolean;
  /** Environment variable that gives it, too. */
  readonly env?: string;
  /** It may be given more than once; its value is a list. */
  readonly many?: true;
  /** Text by default. `count` is an integer from 1, `index` one from 0, `positive` a number above 0. */
  readonly type?: 'count' | 'index' | 'number' | 'positive';
}

/** Options by the names that the function of a command knows them by; `dryRun` is `--dry-run`. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Arguments in order, as commander writes them: `<experiment>`, `[overrides...]`; a text alone is the help. */
export type ArgSpecs = Readonly<Record<string, string | ValueSpec>>;

/** What a function receives of the arguments `A`, by their names. */
export type ArgsOf<A extends ArgSpecs> = {
  readonly [K in keyof A as ArgName<K>]: K extends `[${string}...]`
    ? readonly string[]
    : K extends `[${string}]`
      ? WordOf<A[K]> | undefined
      : WordOf<A[K]>;
};

/** What a function receives of the options `O`: those that may be left out may be absent. */
export type OptionsOf<O extends OptionSpecs> = {
  readonly [K in keyof O as O[K] extends Optional ? never : K]: OptionValue<O[K]>;
} & {
  readonly [K in keyof O as O[K] extends Optional ? K : never]?: OptionValue<O[K]>;
};

type ArgName<K> = K extends `[${infer N}...]` ? N : K extends `<${infer N}>` | `[${infer N}]` ? N : never;

type WordOf<S> = S extends { readonly choices: readonly (infer Word)[] } ? Word : string;

type OptionValue<S extends OptionSpec> = S extends { readonly value: string }
  ? S extends { readonly many: true }
    ? readonly string[]
    : S extends { readonly type: string }
      ? number
      : WordOf<S>
  : boolean;

/** An option with a value that nothing gives where the user does not. */
interface Optional {
  readonly value: string;
  readonly default?: never;
  readonly required?: never;
}

/** An option as commander and Tab know it. */
export interface NamedOption extends OptionSpec {
  readonly name: string;
  /** As commander writes them: `--count <n>`. */
  readonly flags: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly args: ArgSpecs;
  readonly help: string;
  readonly options: readonly NamedOption[];
  readonly examples: readonly string[];
  /** `args` and `options`: by name, as the row declares them; checkable by the row alone. */
  readonly run: (args: unknown, options: unknown, io: Io) => Promise<number>;
}

/** A row of the catalog; `run` is checked against what the row declares. */
export function command<const A extends ArgSpecs, const O extends OptionSpecs>({
  run,
  options,
  ...row
}: Omit<CommandSpec, 'args' | 'options' | 'run'> & {
  readonly args: A;
  readonly options: O;
  readonly run: (args: ArgsOf<A>, options: OptionsOf<O>, io: Io) => Promise<number>;
}): CommandSpec {
  return {
    ...row,
    options: Object.entries(options).map(([name, spec]) => ({ name, flags: flagsOf(name, spec), ...spec })),
    // Commander delivers what the row declares.
    run: (args, given, io) => run(args as ArgsOf<A>, given as OptionsOf<O>, io),
  };
}

function flagsOf(name: string, { value }: OptionSpec): string {
  const long = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === undefined ? long : `${long} ${value}`;
}

/** What commander adds to the commands of the catalog. */
export const helpCommand = { usage: 'help [command]', name: 'help', help: 'print the help of a command' };
export const helpOption: NamedOption = { name: 'help', flags: '-h, --help', help: 'print this help' };
export const versionOption: NamedOption = { name: 'version', flags: '--version', help: 'print the version' };

/** `--count` of `-c, --count <n>`. */
export function longName({ flags }: NamedOption): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

/** `experiment` of `<experiment>`, `overrides` of `[overrides...]`. */
export function argumentName(key: string): string {
  return key.replaceAll(/[<>[\].]/g, '');
}

/** An argument in full, its help alone or not. */
export function valueSpec(arg: string | ValueSpec): ValueSpec {
  return typeof arg === 'string' ? { help: arg } : arg;
}
