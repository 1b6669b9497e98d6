// Which notes in a store are of use: where runs stand, and the folders of sweeps and of runs that were handed to Slurm. They
// are small, and `sdx status` reads them; what is neither at work nor young goes with the experiment that it is about. Pure.
import path from 'node:path';
import type { StoreEntry } from '../store/inventory.ts';
import { processText, type Judged, type JudgeOptions } from './judge.ts';

/**
 * A launch writes its notes and only then starts its processes: whatever the user says of age, notes that changed
 * within this time stay.
 */
const leastYoungMs = 3_600_000;

/** In the order of the notes. */
export function judgeNotes({ state, users, now, youngMs = 0, keep = [] }: JudgeOptions): Judged[] {
  const isYoung = (time: number): boolean => now - time < Math.max(youngMs, leastYoungMs);
  const neededAs = (name: string): string[] =>
    users.filter(({ names }) => [...names].some((own) => isOf(name, own))).map((user) => user.name);
  const reasonsOf = (note: StoreEntry): string[] => {
    const { name, updated, atWork } = factsOf(note, state);
    return [
      ...atWork,
      ...keep.filter((word) => word === name).map((word) => `--keep ${word}`),
      ...(isLast(note, state) ? neededAs(name) : []),
      ...(isYoung(Math.max(note.changed, updated)) ? ['young'] : []),
    ];
  };
  return state.notes.map((entry) => ({ entry, reasons: reasonsOf(entry) }));
}

interface Facts {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly updated: number;
  /** Why nobody may touch it. */
  readonly atWork: readonly string[];
}

function factsOf({ place, folder }: StoreEntry, { runs, launches }: JudgeOptions['state']): Facts {
  if (place === 'runs') {
    const name = path.basename(folder, '.json');
    const run = runs.find((one) => one.name === name);
    if (run === undefined) return { name, updated: 0, atWork: [] }; // damaged: it tells nobody anything
    const { status, process, updated } = run;
    return {
      name,
      updated: Date.parse(updated),
      atWork: status === 'running' ? [`run ${name} of ${processText(process)}`] : [],
    };
  }
  const launch = launches.find((one) => one.folder === folder);
  // Another version may know who is at work there.
  if (launch === undefined)
    return { name: path.basename(folder), updated: 0, atWork: ['its record cannot be read'] };
  const { name, updated, atWork } = launch;
  return { name, updated: Date.parse(updated), atWork: atWork ? [`${name}, at work`] : [] };
}

/** Submissions of one experiment with other changes lie side by side; the last one is the one to ask for. */
function isLast({ place, folder }: StoreEntry, { launches }: JudgeOptions['state']): boolean {
  const own = launches.find((one) => one.folder === folder);
  if (place !== 'submitted' || own === undefined) return true;
  const beside = launches.filter(
    (one) => one.name === own.name && path.dirname(one.folder) === path.dirname(folder),
  );
  return beside.every(({ updated }) => updated <= own.updated);
}

/** Runs of parts and probes of an experiment, and of the cells of a sweep, are called after it. */
function isOf(note: string, name: string): boolean {
  return note === name || note.startsWith(`${name}-`);
}
