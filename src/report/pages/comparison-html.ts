// compare.html: one self-contained page in the style of the report, a function of the comparison alone.
import { halfWidth } from '../../metrics/confidence.ts';
import type { ComparedImages, ComparedSamples, Comparison } from '../../results/comparison.ts';
import { formatHtmlTable } from '../formats/html-table.ts';
import { pictureGrid } from '../plots/picture-grid.ts';
import { lossPlot, spectraPlot } from '../plots/plots.ts';
import { meanCurve } from '../plots/sweep-plots.ts';
import { comparedNames, type ComparedName } from '../table/compared-rows.ts';
import { comparisonTable, comparisonTitle } from '../table/comparison-table.ts';
import { differenceTable } from '../table/difference-table.ts';
import { difference, fidOf, measure } from '../table/measured.ts';
import { formatSigned } from '../table/number-format.ts';
import type { Row } from '../table/row.ts';
import { gridFigure, gridFigures, head, list, page, pair, plot, section } from './html-parts.ts';

/** What only this page says, by which one that is there already is known. */
export const comparisonKicker = 'Comparison of results';

export function renderComparison(comparison: Comparison): string {
  const { results, sdxVersion } = comparison;
  const names = comparedNames(results);
  const sections = [
    header(comparison, names),
    section('Side by side', formatHtmlTable(comparisonTable(results))),
    section('Samples', comparison.samples.map(samples).join('\n')),
    section('Curves and spectra', curves(comparison, names)),
    section('What differs besides', differences(comparison)),
    section('Provenance', provenance(comparison)),
  ];
  return page(comparisonTitle(results), sections, sdxVersion, 'the manifests of these results');
}

/** Facts stand for the students that go last, which are usually those that matter. */
const shownFacts = 3;

function header(comparison: Comparison, names: readonly ComparedName[]): string {
  const { results } = comparison;
  const facts = names.flatMap(({ name, rows }) => {
    const [base, ...others] = rows.map((one) => one?.row);
    const other = others.find((row) => row !== undefined);
    const compared = base?.role === 'student' && other && fidFact(base, other);
    return compared ? [[`${name}, FID`, ...compared] as const] : [];
  });
  return head({
    kicker: comparisonKicker,
    title: comparisonTitle(results),
    lead: `The same models as ${results.length} results have them. Deltas are to ${results[0]!.label}.`,
    facts: facts.slice(-shownFacts),
  });
}

/** The FIDs of two rows, and their difference in words. */
function fidFact(base: Row, other: Row): [string, string] | undefined {
  const fids = [base, other].map((row) => measure(row, fidOf));
  const texts = fids.flatMap((fid) =>
    fid === undefined || fid === 'mixed' ? [] : [fid.average.mean.toFixed(2)],
  );
  if (texts.length < 2) return undefined;
  const change = difference(other, base, fidOf);
  const half = change === undefined || change === 'mixed' ? undefined : halfWidth(change);
  return [
    texts.join(' → '),
    change === undefined || change === 'mixed'
      ? 'taken differently: not comparable'
      : `${formatSigned(change.mean, 2)}${half === undefined ? ', one seed' : ` ± ${half.toFixed(2)}`}`,
  ];
}

const acrossPage = 8;
/** Longer names would run into the pictures. */
const longestLabel = 14;

function samples({ model, aligned, alone }: ComparedSamples): string {
  const grids = aligned.map((group) => {
    const names = shortNames(group);
    const key = names.map((short, i) => (short === group[i]!.label ? '' : `${short}: ${group[i]!.label}. `));
    return plot(
      alignedGrid(model, group, names),
      `${model}: the first samples by index, none selected; each column is one noise. ${key.join('')}`,
      true,
    );
  });
  const others = alone.map(({ label, grid }) =>
    gridFigure(
      label,
      { [label]: grid },
      { name: `${model}, ${label}`, caption: '', alt: `${model}, ${label}` },
    ),
  );
  const about = `${model}, not drawn from the same noise: images in the same place have nothing to do with one another.`;
  return [...grids, gridFigures(others.length > 1 || aligned.length > 0 ? about : '', others)]
    .filter((html) => html !== '')
    .join('\n');
}

/** The labels, or letters where one is too long. */
function shortNames(group: readonly ComparedImages[]): string[] {
  if (group.every(({ label }) => label.length <= longestLabel)) return group.map(({ label }) => label);
  return group.map((_, i) => String.fromCharCode('A'.charCodeAt(0) + i));
}

/** Line after line of images: in each, a row for each of the results. */
function alignedGrid(model: string, group: readonly ComparedImages[], names: readonly string[]): string {
  const count = Math.min(...group.map(({ images }) => images.length));
  const lines = Array.from({ length: Math.ceil(count / acrossPage) }, (_, i) => i * acrossPage);
  return pictureGrid({
    alt: `${model}: samples from the same noise`,
    columns: [],
    rows: lines.flatMap((start) =>
      group.map(({ images }, i) => ({
        label: names[i]!,
        cells: images.slice(start, Math.min(start + acrossPage, count)),
      })),
    ),
  });
}

function curves({ results }: Comparison, names: readonly ComparedName[]): string {
  const references = referencesOf(results);
  const figures = names.flatMap(({ name, rows }, i) => {
    const shown = rows.flatMap((one, at) =>
      one && one.models.length > 0 ? [{ label: results[at]!.label, models: one.models }] : [],
    );
    const spectra = shown.map(({ label, models }) => ({
      name: label,
      radial: meanOf(models.flatMap(({ spectrum }) => (spectrum ? [spectrum.radial] : []))),
    }));
    return [
      plot(
        lossPlot(
          `loss-${i}`,
          shown.map(({ label, models }) => ({ name: label, curve: meanCurve(models) })),
        ),
        `${name}: training loss. Losses of different objectives are not comparable.`,
      ),
      spectra.some(({ radial }) => radial !== undefined)
        ? plot(
            spectraPlot(`spectrum-${i}`, [
              ...spectra,
              ...references.map((reference) => ({ ...reference, dashed: true })),
            ]),
            `${name}: radial power spectrum of its samples; dashed: the data.`,
          )
        : '',
    ];
  });
  return pair(figures);
}

/** The spectra of the data, each once; named after the first results that have it where there are several. */
function referencesOf(results: Comparison['results']): { name: string; radial: readonly number[] }[] {
  const byText = new Map<string, { name: string; radial: readonly number[] }>();
  for (const one of results) {
    const radial = one.kind === 'experiment' ? one.manifest.dataset.radial : undefined;
    if (radial === undefined || byText.has(JSON.stringify(radial))) continue;
    byText.set(JSON.stringify(radial), { name: `data, ${one.label}`, radial });
  }
  const all = [...byText.values()];
  return all.length === 1 ? [{ ...all[0]!, name: 'data' }] : all;
}

/** Element by element, of lists as long as the first. */
function meanOf(lists: readonly (readonly number[])[]): readonly number[] | undefined {
  const same = lists.filter(({ length }) => length === lists[0]!.length);
  return same[0]?.map((_, i) => same.reduce((sum, one) => sum + one[i]!, 0) / same.length);
}

function differences({ results, differences: all }: Comparison): string {
  const asked = all.filter(({ part }) => part !== 'stage');
  const made = all.filter(({ part }) => part === 'stage');
  const base = results[0]!.label;
  return [
    asked.length === 0
      ? '<p>Nothing in configuration, versions and data.</p>'
      : formatHtmlTable(differenceTable(base, asked)),
    made.length === 0
      ? ''
      : `<details><summary>Stages with other keys (${made.length})</summary>${formatHtmlTable(differenceTable(base, made))}</details>`,
  ].join('\n');
}

function provenance({ results }: Comparison): string {
  return list(
    results.flatMap((one): (readonly [string, string])[] => {
      const { label, manifest } = one;
      const engines = one.kind === 'sweep' ? one.manifest.engines : [one.manifest.engine];
      return [
        [label, manifest.description],
        ['made by', `sdx ${manifest.sdxVersion}`],
        ...engines.map((engine) => ['engine', engineText(engine)] as const),
        ...(one.kind === 'experiment' ? [['configuration', one.manifest.configDigest] as const] : []),
      ];
    }),
  );
}

function engineText(engine: Readonly<Record<string, string>>): string {
  return Object.entries(engine)
    .map((part) => part.join(' '))
    .join(', ');
}
