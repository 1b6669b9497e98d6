// The jobs of an experiment that was handed to Slurm as text, for `sdx status`.
import path from 'node:path';
import type { SubmittedJob } from '../jobs/submitted-run.ts';
import type { SubmittedJobs } from '../runner/submitted-jobs.ts';
import { countStates, jobNotes } from './job-text.ts';
import { textTable, type Screen } from '../report/formats/text-table.ts';
import { timeText } from './time-text.ts';

/** How many jobs there are of each state, and every one that is not done. */
export function submittedText({ folder, updated, jobs }: SubmittedJobs, screen?: Screen): string {
  const title = `Slurm, submitted ${timeText(updated)}: ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}: ${countStates(jobs)}\n`;
  const open = jobs.filter(({ status }) => status !== 'done');
  if (open.length === 0) return title;
  const table = textTable(
    ['job', 'state', 'Slurm', 'stages', 'notes'],
    open.map((job) => [job.id, job.status, job.slurmJob ?? '', workText(job), jobNotes(job)]),
    screen,
  );
  return `${title}\n${table}\nLogs: ${path.relative('', path.join(folder, 'logs'))}\n`;
}

/** `sample:sd 1/2`. */
function workText({ stages, shard }: SubmittedJob): string {
  const work = stages.length === 0 ? 'all, results' : stages.join(',');
  return shard === undefined ? work : `${work} ${shard}`;
}
