// What became of the cases of a campaign: a table of counts, and the ones that failed in words.

export type Outcome = 'unharmed' | 'repaired' | 'refused' | 'failed';

export interface Case {
  readonly group: string;
  /** What was done, so that it can be done again. */
  readonly what: string;
  readonly outcome: Outcome;
  /** Why it failed. */
  readonly why?: string;
}

const outcomes = ['unharmed', 'repaired', 'refused', 'failed'] as const;

/** One row per group: tried, and how many of each outcome. */
export function tallyText(cases: readonly Case[]): string {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const rows = [...groups, 'all'].map((group) => {
    const of = cases.filter((one) => group === 'all' || one.group === group);
    return [
      group,
      of.length,
      ...outcomes.map((outcome) => of.filter((one) => one.outcome === outcome).length),
    ];
  });
  const lines = [['group', 'tried', ...outcomes], ...rows].map((cells) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(44) : String(cell).padStart(9))).join(''),
  );
  const failed = cases
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ group, what, why }) => `failed: ${group}: ${what}: ${why ?? ''}`);
  return [...lines, ...failed].join('\n');
}
