// Divides a data set into parts that share nothing: train, validation and held-out. The draw is seeded and does not
// depend on the order of the source; every part has its share of each class; what belongs together stays together.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { ImageDataset } from './dataset.ts';
import { toldAt } from './told-at.ts';
import { partCounts, parts, splitProblem, type Part, type SplitConfig } from './parts.ts';

/** What the draw looks at: names that say which samples belong together, and classes. */
export interface Drawn {
  readonly count: number;
  readonly group: (index: number) => string;
  readonly label?: (index: number) => string;
  readonly seed: number;
}

/**
 * The indices of all samples in an order that the seed draws, of which each beginning has its share of every class:
 * a group at the fraction f of its own class stands near the fraction f of the whole. Groups stay whole and in the
 * order of the source; a group is of the class of its first sample.
 */
export function stratifiedOrder({ count, group, label, seed }: Drawn): Uint32Array {
  const groups = new Map<string, number[]>();
  for (let index = 0; index < count; index++) {
    const name = group(index);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [index]);
    else members.push(index);
  }
  const strata = new Map<string, { readonly members: number[]; readonly hash: string }[]>();
  for (const [name, members] of groups) {
    const stratum = label?.(members[0]!) ?? '';
    const hash = createHash('sha256').update(`${seed} ${name}`).digest('hex');
    const sameClass = strata.get(stratum);
    if (sameClass === undefined) strata.set(stratum, [{ members, hash }]);
    else sameClass.push({ members, hash });
  }
  const ranked = [...strata.values()].flatMap((stratum) => {
    stratum.sort((a, b) => (a.hash < b.hash ? -1 : 1));
    const total = stratum.reduce((sum, { members }) => sum + members.length, 0);
    let before = 0;
    return stratum.map(({ members, hash }) => {
      const rank = (before + members.length / 2) / total;
      before += members.length;
      return { members, hash, rank };
    });
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.hash < b.hash ? -1 : 1));
  return Uint32Array.from(ranked.flatMap(({ members }) => members));
}

/** What a division follows from, for digests and for people. */
function describeSplit({ heldOut, validation, seed }: SplitConfig): string {
  return `held-out ${heldOut}, validation ${validation}, drawn by class with seed ${seed}`;
}

export function splitDigest(digest: string, split: SplitConfig): string {
  return createHash('sha256')
    .update(`${digest}\n${describeSplit(split)}\n`)
    .digest('hex');
}

/**
 * The same images, those of `train` first, then `validation`, then `held-out`, each in the order of the source. Throws
 * UserError('usage') where too few are left for a part.
 */
export function splitDataset(dataset: ImageDataset, split: SplitConfig): ImageDataset {
  const { name, group = name, label } = dataset;
  const problem = splitProblem(split, dataset.count);
  if (problem !== undefined)
    throw new UserError('usage', `dataset.split: ${problem}`, {
      hint: 'change dataset.split.heldOut and dataset.split.validation',
    });
  const wanted = partCounts(split, dataset.count);
  const order = stratifiedOrder({ count: dataset.count, group, ...(label && { label }), seed: split.seed });
  const members: Record<Part, number[]> = { train: [], validation: [], 'held-out': [] };
  let [part, previous]: [Part, string | undefined] = ['held-out', undefined];
  for (const index of order) {
    const own = group(index);
    if (own !== previous)
      part =
        members['held-out'].length < wanted['held-out']
          ? 'held-out'
          : members.validation.length < wanted.validation
            ? 'validation'
            : 'train';
    previous = own;
    members[part].push(index);
  }
  const indices = Uint32Array.from(parts.flatMap((each) => members[each].sort((a, b) => a - b)));
  const at = (index: number): number => indices[index]!;
  return {
    ...dataset,
    digest: splitDigest(dataset.digest, split),
    parts: {
      train: members.train.length,
      validation: members.validation.length,
      'held-out': members['held-out'].length,
    },
    read: (index) => dataset.read(at(index)),
    name: (index) => name(at(index)),
    group: (index) => group(at(index)),
    ...toldAt(dataset, at),
  };
}
