// The labels of ImageNet's validation images in the forms that are around:
//   one synset a line, in the order of the images      n01751748
//   image and synset                                   ILSVRC2012_val_00000001.JPEG n01751748
//   Kaggle's LOC_val_solution.csv                      ILSVRC2012_val_00000001,n01751748 111 108 190 188
//   the devkit's numbers, 1 to 1000 in its own order   490     (needs the list of synsets in that order)
import { readGivenText } from '../../../files/regular-file.ts';
import { UserError } from '../../../errors.ts';

export interface GroundTruthSource {
  readonly file: string;
  /** Synset of the devkit's number i + 1. */
  readonly synsets?: readonly string[];
}

const synset = /^n\d{8}$/;

/** Synset of each of `names` (file names, sorted). Throws UserError('input') unless every image has exactly one. */
export function parseGroundTruth(
  text: string,
  names: readonly string[],
  source: GroundTruthSource,
): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const rows = lines.flatMap((line, i) =>
    line === '' ? [] : [{ fields: line.split(/[\s,]+/), line: i + 1 }],
  );
  if (rows[0]?.fields[0] === 'ImageId') rows.shift();
  return rows.every(({ fields }) => fields.length === 1)
    ? inOrder(rows, names, source)
    : byName(rows, names, source);
}

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

function inOrder(rows: readonly Row[], names: readonly string[], source: GroundTruthSource): string[] {
  if (rows.length !== names.length)
    throw refuse(source, `has ${rows.length} labels for ${names.length} images`, undefined);
  return rows.map(({ fields, line }) => synsetOf(fields[0]!, line, source));
}

function byName(rows: readonly Row[], names: readonly string[], source: GroundTruthSource): string[] {
  const stem = (name: string): string => name.replace(/\.jpe?g$/i, '');
  const labels = new Map(
    rows.map(({ fields, line }) => [stem(fields[0]!), synsetOf(fields[1] ?? '', line, source)]),
  );
  return names.map((name) => {
    const label = labels.get(stem(name));
    if (label === undefined) throw refuse(source, `has no label for ${name}`, undefined);
    return label;
  });
}

function synsetOf(text: string, line: number, source: GroundTruthSource): string {
  if (synset.test(text)) return text;
  if (!/^\d+$/.test(text))
    throw refuse(source, `has the label "${text}", which is no synset such as n01751748`, line);
  if (source.synsets === undefined)
    throw new UserError('input', `${source.file} labels images by number`, {
      hint: 'give the synset of each number, one a line, as dataset.synsets; the order is that of the devkit',
      where: { file: source.file, line },
    });
  const found = source.synsets[Number(text) - 1];
  if (found === undefined)
    throw refuse(source, `has the label ${text}, beyond the ${source.synsets.length} synsets`, line);
  return found;
}

/** The synsets of a file, one at the start of each line. Throws UserError('input') for other files. */
export async function readSynsetList(file: string): Promise<string[]> {
  const text = await readGivenText(file, 'the synsets', 'correct dataset.synsets');
  const names = text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/[\s,]+/, 1)[0]!)
    .filter((name) => name !== '');
  const bad = names.findIndex((name) => !synset.test(name));
  if (bad !== -1)
    throw new UserError('input', `${file} does not list synsets: "${names[bad]!}"`, {
      hint: 'begin each line with a synset such as n01440764',
      where: { file, line: bad + 1 },
    });
  return names;
}

function refuse({ file }: GroundTruthSource, problem: string, line: number | undefined): UserError {
  return new UserError('input', `${file} ${problem}`, {
    hint: 'use the labels that belong to these images',
    where: { file, ...(line !== undefined && { line }) },
  });
}
