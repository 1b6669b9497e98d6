// What may stand where the cursor is, from the catalog: commands, options, their values, arguments. The shells list
// files themselves: they know best how their users like them matched and quoted.
import {
  helpCommand,
  helpOption,
  longName,
  valueSpec,
  versionOption,
  type CommandSpec,
  type NamedOption,
  type OptionSpec,
  type Source,
  type ValueSpec,
} from '../command-spec.ts';
import type { Candidate, Completion } from './completion.ts';

/** The line before the word to complete. */
interface Line {
  readonly command: CommandSpec;
  readonly positionals: readonly string[];
  /** By long name, switches with an empty value. */
  readonly options: ReadonlyMap<string, string>;
  /** The option whose value the word is. */
  readonly awaiting?: NamedOption;
  /** Whether `--` has ended the options. */
  readonly ended: boolean;
}

/** What completes the last of `words`, the command line after `sdx`; not filtered by what is typed of it. */
export async function complete(
  words: readonly string[],
  commands: readonly CommandSpec[],
): Promise<Completion> {
  const word = words.at(-1) ?? '';
  const [name, ...typed] = words.slice(0, -1);
  if (name === undefined)
    return word.startsWith('-')
      ? { candidates: [helpOption, versionOption].map(optionCandidate) }
      : { candidates: [...commands, helpCommand].map(commandCandidate) };
  if (name === helpCommand.name)
    return { candidates: typed.length === 0 ? commands.map(commandCandidate) : [] };
  const command = commands.find((candidate) => candidate.name === name);
  return command ? completeIn(readLine(command, typed), word) : { candidates: [] };
}

async function completeIn(line: Line, word: string): Promise<Completion> {
  if (line.awaiting) return offer(line.awaiting, word, '', line);
  if (!line.ended) {
    const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = line.command.options.find((one) => longName(one) === flag);
    if (option?.value !== undefined) return offer(option, value ?? '', `${flag}=`, line);
    if (word.startsWith('-')) return { candidates: optionsLeft(line) };
  }
  const argument = argumentAt(line.command, line.positionals.length);
  if (argument) return offer(argument, word, '', line);
  return { candidates: line.ended ? [] : optionsLeft(line) };
}

function readLine(command: CommandSpec, typed: readonly string[]): Line {
  const positionals: string[] = [];
  const options = new Map<string, string>();
  let awaiting: NamedOption | undefined;
  let ended = false;
  for (const word of typed) {
    if (awaiting) {
      options.set(longName(awaiting), word);
      awaiting = undefined;
    } else if (ended || !word.startsWith('-')) positionals.push(word);
    else if (word === '--') ended = true;
    else {
      const [flag = '', ...value] = word.split('=');
      const option = command.options.find((one) => longName(one) === flag);
      if (option?.value !== undefined && value.length === 0) awaiting = option;
      else options.set(flag, value.join('='));
    }
  }
  return { command, positionals, options, ended, ...(awaiting && { awaiting }) };
}

/** The argument at `index`; a last one with `...` takes all that follow. */
function argumentAt({ args }: CommandSpec, index: number): ValueSpec | undefined {
  const all = Object.entries(args);
  const last = all.at(-1);
  const [, found] = all[index] ?? (last?.[0].includes('...') ? last : []);
  return found === undefined ? undefined : valueSpec(found);
}

function optionsLeft({ command, options }: Line): Candidate[] {
  return [...command.options, helpOption]
    .filter((option) => option.many === true || !options.has(longName(option)))
    .map(optionCandidate);
}

function optionCandidate(option: NamedOption): Candidate {
  return { value: longName(option), help: option.help };
}

function commandCandidate({ name, help }: { readonly name: string; readonly help: string }): Candidate {
  return { value: name, help };
}

/** What `spec` takes, where `typed` follows `prefix` in the word. */
async function offer(
  spec: ValueSpec & Pick<OptionSpec, 'default' | 'type'>,
  typed: string,
  prefix: string,
  line: Line,
): Promise<Completion> {
  const words = [...(spec.choices ?? []), ...(spec.suggestions ?? [])].map((value) => ({
    value,
    help: value === spec.default ? 'default' : '',
  }));
  const found: Completion[] = [{ candidates: words }];
  for (const source of sourcesOf(spec)) found.push(await lookUp(source, typed, line));
  const files = found.find((completion) => completion.files)?.files;
  return {
    candidates: found
      .flatMap(({ candidates }) => candidates)
      .map(({ value, help }) => ({ value: prefix + value, help })),
    ...(files && { files: { ...files, prefix: prefix + files.prefix } }),
  };
}

function sourcesOf({
  offers,
  choices,
  suggestions,
  type,
}: ValueSpec & Pick<OptionSpec, 'type'>): readonly Source[] {
  return offers ?? ((choices ?? suggestions ?? type) ? [] : ['file']);
}

async function lookUp(source: Source, typed: string, line: Line): Promise<Completion> {
  if (source === 'yaml' || source === 'file' || source === 'folder')
    return { candidates: [], files: { kind: source, prefix: '' } };
  if (source === 'result') {
    const { resultNames } = await import('./result-names.ts');
    const results = line.command.options.find((option) => longName(option) === '--results');
    const folder = line.options.get('--results') ?? String(results?.default ?? 'results');
    return { candidates: (await resultNames(folder)).map((value) => ({ value, help: 'results' })) };
  }
  const { experimentOf, studentsOf } = await import('./experiment-on-line.ts');
  const overrides = line.positionals.filter((word) => word.includes('='));
  const experiment = await experimentOf(fileOnLine(line), overrides);
  if (source === 'student')
    return { candidates: studentsOf(experiment).map((value) => ({ value, help: 'student' })) };
  if (source === 'stages') {
    const { completeStages } = await import('./stage-names.ts');
    return { candidates: completeStages(typed, experiment) };
  }
  const { completeOverride } = await import('./override-keys.ts');
  const { experimentSchema } = await import('../../config/schema.ts');
  return completeOverride(typed, experimentSchema(), experiment);
}

/** The experiment or sweep that the command is about. */
function fileOnLine({ command, positionals, options }: Line): string | undefined {
  const isYaml = (spec: ValueSpec): boolean => spec.offers?.includes('yaml') === true;
  const index = Object.values(command.args).findIndex((arg) => isYaml(valueSpec(arg)));
  const option = command.options.find(isYaml);
  return positionals[index] ?? (option && options.get(longName(option)));
}
