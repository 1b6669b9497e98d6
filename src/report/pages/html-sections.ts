// The sections of report.html, each a function of the manifest that returns HTML, or nothing where the
// experiment has nothing to show.
import { escapeHtml, formatHtmlTable } from '../formats/html-table.ts';
import { gridFigure, gridFigures, head, list, pair, plot, section } from './html-parts.ts';
import type { ResultsManifest } from '../../results/manifest.ts';
import { cardDigest, cardFacts, grouped, type MetricCard } from '../../results/metric-card.ts';
import {
  formatMacs,
  formatParams,
  formatRatio,
  formatSignificant,
  formatSigned,
} from '../table/number-format.ts';
import { formatPrinted, paperCitation, paperErrata, paperTables } from '../paper.ts';
import { costPlot, lossPlot, spectrumPlot, spectrumRatioPlot } from '../plots/plots.ts';
import { markedCards } from '../table/cards.ts';
import { buildTable, titleOf } from '../table/experiment-table.ts';
import { headline, storyOf } from './story.ts';

/** PNG bytes by file name, as the manifest's `files` name them. */
export type ReportImages = Readonly<Record<string, Uint8Array>>;

export type Section = (manifest: ResultsManifest, images: ReportImages) => string;

/** Parts of a data set that no model learns from. */
const keptParts: ReadonlySet<MetricCard['reference']['images']> = new Set(['validation', 'held-out']);

export const headerSection: Section = (manifest) => {
  const { description, tags, notes } = manifest;
  const teacher = manifest.models.find(({ role }) => role === 'teacher');
  const student = headline(manifest);
  const story = storyOf(manifest);
  const facts: (readonly [string, string, string])[] = [];
  if (student) {
    const fid = student.fid?.value;
    const difference =
      fid === undefined ||
      teacher?.fid === undefined ||
      cardDigest(student.fid!.card) !== cardDigest(teacher.fid.card)
        ? ''
        : `, ${formatSigned(fid - teacher.fid.value, 2)} against the teacher`;
    if (fid !== undefined) facts.push([`FID of ${student.name}`, fid.toFixed(2), `one seed${difference}`]);
    const against = (what: 'params' | 'macs', format: (n: number) => string): string =>
      teacher ? `${formatRatio(teacher[what] / student[what])} smaller than ${format(teacher[what])}` : '';
    facts.push([
      `Parameters of ${student.name}`,
      formatParams(student.params),
      against('params', formatParams),
    ]);
    facts.push([`MACs per step of ${student.name}`, formatMacs(student.macs), against('macs', formatMacs)]);
  }
  const { count, size, kind } = manifest.dataset;
  const kept = manifest.models.some(({ fid }) => keptParts.has(fid?.card.reference.images));
  facts.push([
    kept ? 'Images, with those kept for scores' : 'Training images',
    grouped(count),
    `${kind}, ${size}×${size}`,
  ]);
  return head({
    kicker: ['Diffusion slimming report', ...(tags ?? [])].join(' · '),
    title: titleOf(manifest),
    lead: [description, ...(notes === undefined ? [] : [notes])].join(' '),
    ...(story !== undefined && { story }),
    facts,
  });
};

export const resultsSection: Section = (manifest) =>
  section('Results', formatHtmlTable(buildTable(manifest)));

export const plotsSection: Section = (manifest) => {
  const { models } = manifest;
  const parts = [
    plot(
      costPlot(models),
      'Quality against cost: lower and further left is better. The diamond is the teacher.',
    ),
    plot(
      spectrumRatioPlot(manifest),
      'Power of generated images over that of the data by frequency: 1, the dashed line, is as much as the data have.',
    ),
    plot(spectrumPlot(manifest), 'The power spectra themselves; the dashed line is the data.'),
    plot(
      lossPlot('loss', models, true),
      'Training loss. Each point is the mean of a run of steps; losses of different objectives are not comparable.',
      true,
    ),
  ];
  return section('Curves and spectra', pair(parts));
};

export const samplesSection: Section = ({ dataset, autoencoder, models, config }, images) => {
  const figure = (file: string | undefined, name: string, caption: string): string =>
    gridFigure(file, images, { name, caption, alt: `${name}: ${caption}` });
  const figures = [
    figure(dataset.files?.grid, 'Data', `of ${grouped(dataset.count)} images`),
    figure(autoencoder?.files?.grid, 'Autoencoder', 'originals, and under each row what it makes of them'),
    ...models.map((model) =>
      figure(
        model.files?.grid,
        model.name,
        `${formatParams(model.params)} parameters${model.fid ? `, FID ${model.fid.value.toFixed(2)}` : ''}`,
      ),
    ),
  ];
  return section(
    'Samples',
    gridFigures(
      `The first samples by index, none selected. ${sameNoise(config) ? 'The same place in the grids of all models' : 'The same place in the grids of all students'} is drawn from the same noise.`,
      figures,
      true,
    ),
  );
};

/** Students may have a seed of their own, whose noise is not the teacher's. */
function sameNoise(config: unknown): boolean {
  const { seed, studentSeed = seed } = (config ?? {}) as {
    readonly seed?: unknown;
    readonly studentSeed?: unknown;
  };
  return studentSeed === seed;
}

export const cardsSection: Section = (manifest) => {
  const cards = markedCards(manifest.models).map(({ mark, digest, card }) => {
    const facts = list([
      ...cardFacts(card),
      ['comparable with published', card.comparableWithPublished ? 'yes' : 'no'],
      ...(card.note === '' ? [] : ([['note', card.note]] as const)),
    ]);
    return `<div class="panel"><h3><sup>${escapeHtml(mark)}</sup> Metric card <code>${digest}</code></h3>\n${facts}</div>`;
  });
  return section('How the numbers were taken', pair(cards));
};

export const dataSection: Section = ({ dataset, autoencoder }) => {
  const about = list([
    ['kind', dataset.kind],
    ['images', `${grouped(dataset.count)} at ${dataset.size}×${dataset.size}`],
    ...(dataset.classes === undefined ? [] : ([['classes', grouped(dataset.classes)]] as const)),
    ...(dataset.credits === undefined
      ? []
      : ([
          ['made by', `${dataset.credits.creator} (${dataset.credits.title}, ${dataset.credits.source})`],
          ['licence', dataset.credits.licence],
        ] as const)),
    ['left out as broken', grouped(dataset.corrupt)],
    ['preprocessing', dataset.preprocessing],
    ['digest', dataset.digest],
  ]);
  const parts = [`<div class="panel"><h3>Data set</h3>\n${about}</div>`];
  if (autoencoder) {
    const facts = list([
      ['name', `${autoencoder.name} (${autoencoder.source})`],
      ['parameters', formatParams(autoencoder.params)],
      ['latents', autoencoder.latentShape.join('×')],
      ...(autoencoder.reconstructionError === undefined
        ? []
        : ([['reconstruction error', formatSignificant(autoencoder.reconstructionError)]] as const)),
    ]);
    parts.push(`<div class="panel"><h3>Autoencoder</h3>\n${facts}</div>`);
    parts.push(plot(lossPlot('autoencoder', [autoencoder]), 'Training loss of the autoencoder.'));
  }
  return section('Data', pair(parts));
};

export const paperSection: Section = ({ paper }) => {
  if (!paper) return '';
  const { title, source, rows } = paperTables[paper.dataset];
  const cells = rows.map(
    ({ model, params, macs, fid }) =>
      `<tr><th scope="row">${escapeHtml(model)}</th><td class="right">${params ?? '–'}</td><td class="right">${macs ?? '–'}</td><td class="right">${formatPrinted(fid)}</td></tr>`,
  );
  const errata = paperErrata
    .filter(({ datasets }) => datasets.includes(paper.dataset))
    .map(({ text }) => `<li>Erratum: ${escapeHtml(text)}</li>`);
  return section(
    `The paper's numbers: ${title}`,
    [
      '<div class="scroll"><table class="narrow"><thead><tr><th scope="col">Model</th><th scope="col" class="right">#Param</th><th scope="col" class="right">MACs</th><th scope="col" class="right">FID ↓</th></tr></thead>',
      `<tbody>${cells.join('\n')}</tbody></table></div>`,
      `<ul class="notes"><li>${source} of ${escapeHtml(paperCitation)} Cited, not measured here.</li>${errata.join('')}</ul>`,
    ].join('\n'),
  );
};

export const provenanceSection: Section = (manifest) => {
  const { config, configDigest, seed, sdxVersion, engine, stages } = manifest;
  const facts = list([
    ['sdx', sdxVersion],
    ['configuration', configDigest],
    ['seed', String(seed)],
    ...Object.entries(engine),
  ]);
  const rows = stages.map(
    ({ kind, name, key }) =>
      `<tr><td>${escapeHtml(kind)}</td><td>${escapeHtml(name)}</td><td><code>${escapeHtml(key)}</code></td></tr>`,
  );
  return section(
    'Provenance',
    [
      facts,
      `<details><summary>Stages (${stages.length})</summary><div class="scroll"><table><thead><tr><th scope="col">Kind</th><th scope="col">Name</th><th scope="col">Key</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></details>`,
      `<details><summary>Configuration, defaults included</summary><pre>${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>`,
    ].join('\n'),
  );
};
