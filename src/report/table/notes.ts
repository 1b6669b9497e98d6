// The footnotes of results tables: cards, what must not be compared, what is not done, and the paper's errata.
import type { PaperDataset } from '../../results/manifest.ts';
import { describeCard, isPlain, mayRank } from '../../results/metric-card.ts';
import { paperCitation, paperErrata, paperTables } from '../paper.ts';
import { fidOf, measure } from './measured.ts';
import { metricsWithDeviation } from './metric-columns.ts';
import { describeOrder, paperOrders } from './paper-order.ts';
import type { Frame } from './row.ts';
import type { Note } from './table.ts';

export function notesOf(frame: Frame): Note[] {
  const { cards, unfinished, paper } = frame;
  return [
    ...cards.map(({ mark, digest, card }) => ({ mark, text: `card ${digest}. ${describeCard(card)}` })),
    ...seedNotes(frame),
    ...fewSamplesNotes(frame),
    ...(differentFids(frame)
      ? [
          {
            text: 'FIDs with different marks were taken differently and must not be compared (n/c: not comparable).',
          },
        ]
      : []),
    ...(cards.some(({ card }) => !card.comparableWithPublished)
      ? [{ text: 'Not every value above was taken as published ones are; see the cards.' }]
      : []),
    ...unfinished.map(({ name, statusText, reason }) => ({
      text: `${name}: ${statusText}${reason ? ` (${reason})` : ''}.`,
    })),
    ...(paper === undefined ? [] : paperNotes(paper)),
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

/** Whether FIDs of the table were taken in several ways. */
function differentFids({ rows }: Frame): boolean {
  const fids = rows.map((row) => measure(row, fidOf));
  const cards = new Set(fids.flatMap((fid) => (fid === undefined || fid === 'mixed' ? [] : [fid.card])));
  return cards.size > 1 || fids.includes('mixed');
}

/** Where the paper's numbers of a data set come from, and what is wrong with them. */
function paperNotes(dataset: PaperDataset): Note[] {
  const { title, source } = paperTables[dataset];
  const tables = dataset === 'ffhq' ? `${source} and Table 5` : source;
  const errata = paperErrata.filter(({ datasets }) => datasets.includes(dataset));
  return [
    { text: `FID in paper: as printed for ${title} (${tables}), cited, not measured here. ${paperCitation}` },
    ...errata.map(({ text }) => ({ text: `Erratum: ${text}` })),
  ];
}
