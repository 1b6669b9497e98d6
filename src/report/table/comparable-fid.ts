// Whether a printed FID may stand beside a row: only where network, teacher and protocol are those of the print. A number
// of another teacher's student, or of another sampler, would be read as a target that it is not.
import type { ModelResult, PaperDataset } from '../../results/manifest.ts';
import { describeSampler, type MetricCard } from '../../results/metric-card.ts';
import { paperFid, paperModel, paperRow, paperSampler, paperTables, type PrintedSampler } from '../paper.ts';
import { formatParams } from './number-format.ts';
import type { Row } from './row.ts';

/** The FID that the paper prints for such a row; why it may not stand there; undefined where the paper prints none. */
export function comparableFid(dataset: PaperDataset, row: Row): number | string | undefined {
  const { facts } = row;
  const printed = facts?.method === undefined ? facts && paperFid(dataset, facts) : undefined;
  if (printed === undefined) return undefined;
  return mismatch(dataset, row, facts!) ?? printed;
}

/** What is not as in the print, in words; undefined where all of it is. */
function mismatch(dataset: PaperDataset, { runs, teacher }: Row, facts: ModelResult): string | undefined {
  const isTeacher = facts.role === 'teacher';
  const { teacherSampler, studentSampler } = paperTables[dataset];
  const cards = runs.flatMap(({ model }) => (model.fid ? [model.fid.card] : []));
  const [variant] = facts.variants ?? [];
  return (
    (variant === undefined ? undefined : `it has ${variant}`) ??
    (facts.int8 ? 'it samples in int8' : undefined) ??
    otherSize(dataset, paperModel(facts), facts, 'it') ??
    (teacher?.facts && otherSize(dataset, 'LDM', teacher.facts, 'its teacher')) ??
    cards.map((card) => otherProtocol(card, isTeacher ? teacherSampler : studentSampler)).find(Boolean)
  );
}

function otherSize(
  dataset: PaperDataset,
  name: string,
  { params }: ModelResult,
  whose: string,
): string | undefined {
  const row = paperRow(dataset, name);
  const printed = row?.unetParams ?? row?.params;
  const found = formatParams(params);
  if (printed === undefined || found === printed) return undefined;
  return `${whose} has ${found} parameters, the paper's ${name} ${printed}`;
}

function otherProtocol(card: MetricCard, printed: PrintedSampler): string | undefined {
  if (!card.comparableWithPublished) return 'its FID is not taken as published ones are';
  const { steps, eta, guidanceScale } = printed;
  if (
    card.sampler === paperSampler &&
    card.steps === steps &&
    (eta ?? card.eta) === card.eta &&
    card.guidanceScale === guidanceScale
  )
    return undefined;
  const theirs = { ...card, ...printed, sampler: paperSampler, eta: eta ?? card.eta };
  return `it is sampled by ${describeSampler(card)}, the paper's by ${describeSampler(theirs)}`;
}
