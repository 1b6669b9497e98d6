// A run on a terminal: one line that is drawn over, for the whole run and the stage at work, and a line for each stage that
// has ended.
import cliProgress from 'cli-progress';
import { formatDuration } from '../../duration.ts';
import type { RunEvent } from '../../runner/events.ts';
import { lineOf } from './event-text.ts';
import { LiveLine } from './live-line.ts';
import { Pace, type StageProgress } from './pace.ts';
import type { WholeRun } from './whole-run.ts';

/** Milliseconds between drawings of a stage's progress. */
const drawEvery = 100;
const barSize = 24;
/** Shorter ones say nothing. */
const leastBar = 6;

export class TerminalProgress {
  readonly #line: LiveLine;
  readonly #whole: WholeRun;
  #stage: string | undefined;
  #pace = new Pace();
  #drawn = -Infinity;

  constructor(line: LiveLine, whole: WholeRun) {
    this.#line = line;
    this.#whole = whole;
    line.draw('reading what the run needs');
  }

  show(event: RunEvent): void {
    this.#whole.observe(event);
    if (event.type === 'stage-progress') {
      this.#showProgress(event);
      return;
    }
    const changes = 'stage' in event && !/info|warning|metric/.test(event.type);
    if (changes) this.#line.draw(undefined);
    const lines = [this.#whole.takeProblem(), lineOf(event)];
    for (const line of lines) if (line !== undefined) this.#line.print(line);
    if (event.type === 'run-done') this.#line.draw('gathering the results');
    else if (event.type === 'plan-start') this.#showStage(undefined);
    else if (changes) this.#showStage(event.type === 'stage-start' ? event.stage : undefined);
  }

  /** The line before a stage has told how far it is; `stage`: the one at work. */
  #showStage(stage: string | undefined): void {
    this.#stage = undefined;
    const whole = this.#whole.text();
    this.#line.draw(whole && [`run ${whole}`, ...(stage === undefined ? [] : [stage])].join(' | '));
  }

  #showProgress(event: StageProgress): void {
    if (this.#stage !== event.stage) {
      this.#stage = event.stage;
      this.#pace = new Pace();
      this.#drawn = -Infinity;
    }
    const left = this.#pace.left(event);
    const now = Date.parse(event.time);
    if (now - this.#drawn < drawEvery && event.done < event.total) return;
    this.#drawn = now;
    this.#line.draw(progressText(event, left, this.#whole.text(), LiveLine.room));
  }

  close(): void {
    this.#line.draw(undefined);
  }
}

/** With as long a bar as there is room for; where there is not even room for the words, without the note. */
function progressText(
  { stage, done, total, unit, note = '' }: StageProgress,
  left: number | undefined,
  whole: string | undefined,
  room: number,
): string {
  const fraction = Math.min(1, done / Math.max(total, 1));
  const run = whole === undefined ? '' : `run ${whole} | `;
  const amount = `${Math.floor(100 * fraction)}% ${Math.floor(done)}/${total} ${unit}`;
  const words = (...facts: readonly string[]): string => facts.filter((fact) => fact !== '').join('  ');
  const time = left === undefined ? '' : `${formatDuration(left)} left`;
  const full = words(amount, note, time);
  const spare = room - run.length - stage.length - full.length - ' [] '.length;
  if (spare >= leastBar) return `${run}${stage} ${bar(fraction, Math.min(spare, barSize))} ${full}`;
  const plain = `${run}${stage} ${full}`;
  return plain.length <= room ? plain : `${run}${stage} ${words(amount, time)}`;
}

/** cli-progress draws the bar; its lines are not used, because they know of one stage and not of the run. */
function bar(fraction: number, size: number): string {
  const filled = cliProgress.Format.BarFormat(fraction, {
    barsize: size,
    barCompleteString: '='.repeat(size),
    barIncompleteString: ' '.repeat(size),
    barGlue: '',
  });
  return `[${filled}]`;
}
