// What an experiment has shown, in a few sentences: how its last student does beside the plain one and the teacher, at what
// saving, and with which certainty.
import type { ModelResult, ResultsManifest } from '../../results/manifest.ts';
import { cardDigest, mayRank } from '../../results/metric-card.ts';
import { formatRatio } from '../table/number-format.ts';

/** The student to put forward: the last that is done. One seed calls none the best. */
export function headline({ models }: Pick<ResultsManifest, 'models'>): ModelResult | undefined {
  return models.findLast(({ role, status }) => role === 'student' && status === 'done');
}

/** Undefined where no student is done and scored. */
export function storyOf({ models }: Pick<ResultsManifest, 'models'>): string | undefined {
  const student = headline({ models });
  if (student?.fid === undefined) return undefined;
  const plain = models.find((model) => model !== student && isPlain(model));
  const teacher = models.find(({ role }) => role === 'teacher');
  const others = [plain, teacher].filter((model) => model !== undefined);
  const compared = others.flatMap((model) => beside(student, model) ?? []);
  return [
    `${student.name} has a FID of ${student.fid.value.toFixed(2)}${compared.length === 0 ? '' : `: ${compared.join(', ')}`}.`,
    ...(teacher ? [savingOf(student, teacher)] : []),
    certaintyOf([student, ...others]),
  ].join(' ');
}

/** The paper's Lite: smaller, and nothing else. */
function isPlain({ role, status, method, waveletGating, spatial, freq }: ModelResult): boolean {
  return (
    role === 'student' && status === 'done' && method === undefined && !waveletGating && !spatial && !freq
  );
}

/** Undefined where the two FIDs must not be compared. */
function beside({ fid }: ModelResult, other: ModelResult): string | undefined {
  if (fid === undefined || other.fid === undefined || cardDigest(fid.card) !== cardDigest(other.fid.card))
    return undefined;
  const name = other.role === 'teacher' ? 'the teacher' : other.name;
  const difference = fid.value - other.fid.value;
  return `${Math.abs(difference).toFixed(2)} ${difference < 0 ? 'below' : 'above'} ${name} (${other.fid.value.toFixed(2)})`;
}

function savingOf(student: ModelResult, teacher: ModelResult): string {
  const [params, macs] = [teacher.params / student.params, teacher.macs / student.macs];
  return `It has ${formatRatio(params)} fewer parameters than the teacher, and ${formatRatio(macs)} fewer multiply-adds in a step.`;
}

function certaintyOf(models: readonly ModelResult[]): string {
  const few = models.some(({ fid }) => fid !== undefined && !mayRank(fid.card));
  return few
    ? 'One seed, and too few samples to call one model better than another.'
    : 'One seed: it cannot say whether a difference is more than chance; a sweep over seeds can.';
}
