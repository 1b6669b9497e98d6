// The footnotes of results tables: cards, what must not be compared, what is not done, and the paper's errata.
import type { PaperDataset } from '../../results/manifest.ts';
import { describeCard, isPlain, mayRank, type MetricCard } from '../../results/metric-card.ts';
import { paperSpectrumImages } from '../../metrics/paper-spectrum.ts';
import { paperCitation, paperErrata, paperSpectralErrors, paperTables } from '../paper.ts';
import { markedCards } from './cards.ts';
import { comparableFid } from './comparable-fid.ts';
import { fidOf, measure } from './measured.ts';
import { hasCopyTests, metricsWithDeviation, paperSpectrumCards } from './measures.ts';
import { describeOrder, paperOrders } from './paper-order.ts';
import { formatSignificant } from './number-format.ts';
import type { Frame } from './row.ts';
import type { Note } from './table.ts';

export function notesOf(frame: Frame): Note[] {
  const { cards, unfinished, paper } = frame;
  return [
    ...cards.map(({ mark, digest, card }) => ({ mark, text: `card ${digest}. ${describeCard(card)}` })),
    ...seedNotes(frame),
    ...fewSamplesNotes(frame),
    ...paperSpectrumNotes(frame),
    ...(hasCopyTests(frame) ? [copyNote] : []),
    ...(differentFids(frame)
      ? [
          {
            text: 'FIDs with different marks were taken differently and must not be compared (n/c: not comparable).',
          },
        ]
      : []),
    ...floorNotes(frame),
    ...(cardsOf(frame).some((card) => !card.comparableWithPublished)
      ? [{ text: 'Not every value above was taken as published ones are; see the cards.' }]
      : []),
    ...unfinished.map(({ name, statusText, reason }) => ({
      text: `${name}: ${statusText}${reason ? ` (${reason})` : ''}.`,
    })),
    ...variantNotes(frame),
    ...int8Notes(frame),
    ...(paper === undefined ? [] : paperNotes(paper, frame)),
  ];
}

function seedNotes(frame: Frame): Note[] {
  if (frame.sweep === undefined) return [];
  const { seeds, baselineNote } = frame.sweep;
  const text = [
    `Mean ± half-width of its 95 % interval (Student's t) over the seeds ${seeds.join(', ')} of students and samples; autoencoder and teacher are the same for all.`,
    ...metricsWithDeviation(frame).map((name) => `A single ${name}: ± standard deviation of its estimate.`),
  ].join(' ');
  return [
    ...(seeds.length > 1 ? [{ text }] : []),
    ...(baselineNote ? [baselineNote] : []),
    ...paperOrders(frame.rows.filter(({ role }) => role === 'student')).map((order) => ({
      text: describeOrder(order),
    })),
  ];
}

/** What the number of samples does to FIDs, where it stands beside them. */
function fewSamplesNotes({ cards }: Frame): Note[] {
  if (cards.every(({ card }) => isPlain(card))) return [];
  const unranked = cards.some(({ card }) => !mayRank(card))
    ? ' Of fewer than 500, none is called better.'
    : '';
  return [
    {
      text: `n: samples, where they are fewer than the 2,048 features. FID grows as n falls, so compare at equal n.${unranked}`,
    },
  ];
}

/** What the columns of Table 1's errors are, of how many images, and what the paper prints. */
function paperSpectrumNotes(frame: Frame): Note[] {
  const cards = paperSpectrumCards(frame);
  if (cards.length === 0) return [];
  const counts = [...new Set(cards.map(({ n, reference }) => imagesOf(reference.count, n)))].join('; ');
  const printed = paperSpectralErrors.map(({ model, low, high }) => `${model} ${low} and ${high}`).join(', ');
  return [
    {
      text:
        `Low and High, Table 1: the paper's footnote 2, E_f[E|F_real| − E|F_gen|], over ${counts}; positive where generated ` +
        `images have less. Low ends at 28/256 cycles per pixel (28 per image of 256 pixels). Pixels 0 to 255, orthonormal DFT: ` +
        `the paper names no scale, so of its ${printed} (FFHQ) only sign and order compare.`,
    },
  ];
}

const copyNote: Note = {
  text:
    'C_T: whether samples are nearer to training images than unseen real images are, as a z score (Meehan, Chaudhuri and ' +
    'Dasgupta 2020, one cell): far below 0 where samples are copies, but also where they are blurred, which lie in the ' +
    'middle of all images. Authenticity: share of samples that are no nearer to their nearest training image than that is ' +
    'to its own nearest (Alaa et al. 2022); near 0 for copies. Copies have both low.',
};

function imagesOf(real: number | null, generated: number): string {
  const most = (count: number): number => Math.min(count, paperSpectrumImages);
  const ofReal = real === null ? `up to ${paperSpectrumImages}` : most(real);
  return `${ofReal} real and ${most(generated)} generated images`;
}

/** The cards of models: those of floors differ from them by what floors are. */
function cardsOf({ cards, rows }: Frame): MetricCard[] {
  const floors = rows.filter(({ role }) => role === 'floor').flatMap(({ runs }) => runs);
  const own = new Set(markedCards(floors.map(({ model }) => model)).map(({ digest }) => digest));
  return cards.filter(({ digest }) => !own.has(digest)).map(({ card }) => card);
}

/** What the rows of real images are. */
function floorNotes({ rows }: Frame): Note[] {
  const names = rows.filter(({ role }) => role === 'floor').map(({ name }) => name);
  if (names.length === 0) return [];
  const rebuilt = names.some((name) => name.startsWith('autoencoder'))
    ? '; autoencoder: the same images, encoded and decoded'
    : '';
  return [
    {
      text: `Floors: ${names[0]}: a part of the reference against all the rest of it${rebuilt}. A model that is below the first by more than chance has learned images by heart, or was scored against images it was trained on.`,
    },
  ];
}

/** Whether FIDs of models were taken in several ways. */
function differentFids({ rows }: Frame): boolean {
  const fids = rows.filter(({ role }) => role !== 'floor').map((row) => measure(row, fidOf));
  const cards = new Set(fids.flatMap((fid) => (fid === undefined || fid === 'mixed' ? [] : [fid.card])));
  return cards.size > 1 || fids.includes('mixed');
}

/** The rows that printed FIDs do not stand beside, by the reason. */
function leftOut(dataset: PaperDataset, rows: Frame['rows']): Note[] {
  const namesBy = new Map<string, string[]>();
  for (const row of rows) {
    const why = comparableFid(dataset, row);
    if (typeof why === 'string') namesBy.set(why, [...(namesBy.get(why) ?? []), row.name]);
  }
  return [...namesBy].map(([why, names]) => ({
    text: `No FID in paper beside ${names.join(', ')}: ${why}.`,
  }));
}

/** What rows have that the paper's models do not. */
function variantNotes({ rows }: Frame): Note[] {
  return rows.flatMap(({ name, facts }) =>
    facts?.variants === undefined
      ? []
      : [{ text: `${name}, unlike the paper: ${facts.variants.join(', ')}.` }],
  );
}

/** How models compute on integers. */
function int8Notes({ rows }: Frame): Note[] {
  return rows.flatMap(({ name, facts }) => {
    if (facts?.int8 === undefined) return [];
    const { layers, convolutions, error } = facts.int8;
    const text = `${name} samples in int8: ${layers} of ${convolutions} convolutions compute on integers, which moves its predictions by ${formatSignificant(100 * error)} %.`;
    return [{ text }];
  });
}

/** Where the paper's numbers of a data set come from, and what is wrong with them. */
function paperNotes(dataset: PaperDataset, { rows }: Frame): Note[] {
  const { title, source } = paperTables[dataset];
  const tables = dataset === 'ffhq' ? `${source} and Table 5` : source;
  const errata = paperErrata.filter(({ datasets }) => datasets.includes(dataset));
  return [
    { text: `FID in paper: as printed for ${title} (${tables}), cited, not measured here. ${paperCitation}` },
    ...leftOut(dataset, rows),
    ...errata.map(({ text }) => ({ text: `Erratum: ${text}` })),
  ];
}
