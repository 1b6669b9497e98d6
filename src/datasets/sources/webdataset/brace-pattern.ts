// Names of shards as WebDataset users write them: `laion/{00000..00010}.tar`, `{train,val}-{0..3}.tar`.
import { UserError } from '../../../errors.ts';

const mostNames = 1_000_000;

/** All names of a pattern in order; a pattern without braces is one name. Throws UserError('usage'). */
export function expandBraces(pattern: string): string[] {
  let names = [''];
  let rest = pattern;
  for (;;) {
    const found = /\{([^{}]*)\}/.exec(rest);
    const plain = found === null ? rest : rest.slice(0, found.index);
    const choices = found === null ? [''] : choicesOf(found[1]!, pattern);
    if (names.length * choices.length > mostNames)
      throw refuse(pattern, `stands for more than ${mostNames} files`);
    names = names.flatMap((name) => choices.map((choice) => name + plain + choice));
    if (found === null) return names;
    rest = rest.slice(found.index + found[0].length);
  }
}

function choicesOf(inner: string, pattern: string): string[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(inner);
  if (range === null) {
    if (inner.includes(',')) return inner.split(',');
    throw refuse(pattern, `has braces around "${inner}", which is neither a range nor a list`);
  }
  const [first, last] = [Number(range[1]), Number(range[2])];
  if (last < first || last - first >= mostNames) throw refuse(pattern, `has the range ${inner}`);
  const width = range[1]!.startsWith('0') ? range[1]!.length : 0;
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(width, '0'));
}

function refuse(pattern: string, problem: string): UserError {
  return new UserError('usage', `dataset.path ${pattern} ${problem}`, {
    hint: 'write ranges as {00000..00010}, lists as {a,b}',
  });
}
