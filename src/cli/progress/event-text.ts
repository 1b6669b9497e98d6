// What is said of an event besides progress.
import { hostname } from 'node:os';
import { formatDuration } from '../../duration.ts';
import { printableLines } from '../../printable.ts';
import type { RunEvent } from '../../runner/events.ts';

/** Undefined where nothing is said. */
export function lineOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'plan-start': {
      const cached = event.stages.filter((stage) => stage.cached).length;
      return `${event.experiment}: ${event.stages.length} stages, ${cached} cached`;
    }
    case 'stage-cached':
      return `${event.stage}: cached`;
    case 'stage-waiting':
      return `${event.stage}: ${waitText(event)}`;
    case 'stage-done':
      return `${event.stage}: done in ${formatDuration(event.seconds)}`;
    case 'stage-shard-done':
      return `${event.stage}: shard ${event.number}/${event.of} done in ${formatDuration(event.seconds)}`;
    case 'stage-failed':
      return `${event.stage}: ${event.error.name === 'InterruptedError' ? 'stopped' : `failed: ${printableLines(event.error.message)}`}`;
    case 'stage-blocked':
      return `${event.stage}: not run, needs ${event.by}`;
    case 'stage-warning':
      return `${event.stage}: warning: ${printableLines(event.message)}`;
    case 'stage-info':
      return `${event.stage}: ${printableLines(event.message)}`;
    default:
      return undefined;
  }
}

/** A process of another host cannot be watched: the reader has to know what to do if it is no more. */
function waitText({ owner, lockFile }: Extract<RunEvent, { type: 'stage-waiting' }>): string {
  if (owner === undefined) return `waits for another run (lock: ${lockFile})`;
  const end = owner.host === hostname() ? ` (lock: ${lockFile})` : `; if that has ended, remove ${lockFile}`;
  return `waits for process ${owner.pid} on ${owner.host}, at work since ${owner.since}${end}`;
}
