// The generated files of a results folder, made again from its manifest and compared byte by byte. Where a table
// differs, its cells are named.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { resultsFiles } from '../report/write-results.ts';
import { sweepFiles } from '../report/write-sweep-results.ts';
import type { FoundResults } from '../runner/read-results.ts';
import { sdxVersion } from '../runner/sdx-version.ts';
import type { Mismatch } from './subject.ts';

export interface FilesChecked {
  readonly files: readonly string[];
  readonly mismatches: readonly Mismatch[];
}

export interface GeneratedFiles {
  /** Text by file name. */
  readonly files: Record<string, string>;
  /** Images that the manifest names and that are not there. */
  readonly missing: readonly string[];
}

/** What the manifest gives: tables, manifest and report, with the images that lie beside it. */
export async function generatedFiles(found: FoundResults): Promise<GeneratedFiles> {
  const images: Record<string, Uint8Array> = {};
  const missing: string[] = [];
  for (const name of imageNames(found)) {
    const png = await readFile(path.join(found.folder, name)).catch(() => undefined);
    if (png === undefined) missing.push(name);
    else images[name] = png;
  }
  const files =
    found.kind === 'sweep' ? sweepFiles(found.manifest, images) : resultsFiles(found.manifest, images);
  return { files, missing };
}

/** Compares tables, manifest and report with what the manifest gives; not the report of another version of sdx. */
export async function checkResultFiles(found: FoundResults): Promise<FilesChecked> {
  const { files: expected, missing } = await generatedFiles(found);
  const mismatches: Mismatch[] = missing.map((name) => ({ what: name, problem: 'is missing' }));
  // Its looks may change with the program; the tables do not.
  if (found.manifest.sdxVersion !== sdxVersion()) Reflect.deleteProperty(expected, 'report.html');
  for (const [name, text] of Object.entries(expected)) {
    const actual = await readFile(path.join(found.folder, name), 'utf8').catch(() => undefined);
    if (actual === undefined) mismatches.push({ what: name, problem: 'is missing' });
    else if (actual !== text) mismatches.push(...differences(name, text, actual));
  }
  return { files: Object.keys(expected), mismatches };
}

/** Names of the images that the manifest refers to. */
function imageNames(found: FoundResults): string[] {
  const of = ({ files }: { readonly files?: { readonly grid?: string } }) => files?.grid ?? [];
  if (found.kind === 'sweep') return found.manifest.cells.flatMap(of);
  const { dataset, autoencoder, models } = found.manifest;
  return [...[of(dataset)].flat(), ...(autoencoder ? [of(autoencoder)].flat() : []), ...models.flatMap(of)];
}

const splitters: Readonly<Record<string, (line: string) => string[]>> = {
  'table.md': (line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  'table.csv': splitCsv,
  'table.tex': (line) => line.split(/(?<!\\)&/).map((cell) => cell.trim()),
};

/** Differing cells of tables, the first differing line of other files. */
function differences(name: string, expected: string, actual: string): Mismatch[] {
  const split = splitters[name];
  const [right, found] = [expected.split('\n'), actual.split('\n')];
  const lines = right.flatMap((line, i) => (line === found[i] ? [] : [i]));
  const at = lines[0];
  if (at === undefined || right.length !== found.length || split === undefined)
    return [
      {
        what: `${name}:${(at ?? right.length) + 1}`,
        problem: 'is not what the manifest gives; run the command again',
      },
    ];
  return lines.flatMap((i) => {
    const titles = split(titleLine(right, i, split));
    const [wanted, given] = [split(right[i]!), split(found[i]!)];
    if (wanted.length !== given.length || wanted.length < 3)
      return [{ what: `${name}:${i + 1}`, problem: `"${found[i]!}" should be "${right[i]!}"` }];
    const row = wanted.find((cell) => cell !== '') ?? '';
    return wanted.flatMap((cell, column) =>
      cell === given[column]
        ? []
        : [
            {
              what: `${name}:${i + 1}`,
              problem: `${row}, ${titles[column] ?? `column ${column + 1}`}: ${given[column]!} should be ${cell}`,
            },
          ],
    );
  });
}

/** The line with the titles of the cells of line `at`: the first one with cells, or of a LaTeX table in parts that of its part. */
function titleLine(table: readonly string[], at: number, split: (line: string) => string[]): string {
  const ofPart = table.slice(0, at).findLastIndex((line) => line.trim() === '\\toprule') + 1;
  return table.slice(ofPart).find((line) => split(line).length > 2) ?? '';
}

/** Fields of one CSV line; quoted ones keep their commas. */
function splitCsv(line: string): string[] {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .map(([, field]) => field!)
    .slice(0, -1)
    .concat(line.endsWith(',') ? [''] : []);
}
