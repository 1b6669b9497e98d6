// How a run as a whole stands: the stages that have ended, and the time that the others still take.
import { formatDuration } from '../../duration.ts';
import type { RunEvent } from '../../runner/events.ts';
import { timeLeft, type TimedStage } from '../../watch/time-left.ts';
import { Pace, type StageProgress } from './pace.ts';

/** What is known of stages before they run. */
export interface StageCosts {
  /** Floating-point operations of a stage, by its id. */
  readonly operations: ReadonlyMap<string, number>;
  /** Seconds that the stages took whose results are in the store. */
  readonly seconds: ReadonlyMap<string, number>;
}

type Announced = Extract<RunEvent, { type: 'plan-start' }>['stages'];

/** Finds out what the stages cost, once for a run that has something to do. */
export type AskCosts = (stages: Announced) => Promise<StageCosts>;

export class WholeRun {
  readonly #stages = new Map<string, TimedStage>();
  readonly #askCosts: AskCosts | undefined;
  #costs: StageCosts | undefined;
  /** Of the stage at work. */
  #pace = new Pace();
  #resumed = false;
  /** Why nothing is said of time; told once. */
  #problem: string | undefined;

  constructor(askCosts?: AskCosts) {
    this.#askCosts = askCosts;
  }

  /** Must see every event of the run. */
  observe(event: RunEvent): void {
    if (event.type === 'plan-start') this.#begin(event.stages);
    else if (event.type === 'run-done') this.#stages.clear();
    else if (event.type === 'stage-progress') this.#advance(event);
    else if (event.type === 'stage-start') {
      this.#pace = new Pace();
      this.#resumed = event.resumed;
      this.#change(event.stage, { status: 'running' });
    } else if (event.type === 'stage-done' || event.type === 'stage-shard-done')
      this.#end(event.stage, event.seconds);
    else if (/^stage-(cached|failed|blocked)$/.test(event.type) && 'stage' in event)
      this.#change(event.stage, { status: 'ended' });
  }

  /** `3/13` and `3/13, about 12 min left`; undefined outside a run. */
  text(): string | undefined {
    if (this.#stages.size === 0) return undefined;
    const ended = [...this.#stages.values()].filter(({ status }) => status === 'ended').length;
    const left = this.#left();
    return `${ended}/${this.#stages.size}${left === '' ? '' : `, ${left}`}`;
  }

  /** Why no time is told, the first time that it is asked for. */
  takeProblem(): string | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  #left(): string {
    const costs = this.#costs;
    if (costs === undefined) return '';
    const left = timeLeft([...this.#stages].map(([id, stage]) => withCosts(id, stage, costs)));
    return left === undefined
      ? ''
      : `${left.isLowerBound ? 'at least' : 'about'} ${formatDuration(left.seconds)} left`;
  }

  #begin(stages: Announced): void {
    this.#stages.clear();
    for (const { id, kind, cached } of stages)
      this.#stages.set(id, { kind, flop: undefined, status: cached ? 'ended' : 'pending' });
    if (this.#askCosts === undefined || stages.every(({ cached }) => cached)) return;
    this.#askCosts(stages).then(
      (costs) => {
        this.#costs = costs;
      },
      (error: unknown) => {
        this.#problem = `the time that is left is not told: ${error instanceof Error ? error.message : String(error)}`;
      },
    );
  }

  #advance(event: StageProgress): void {
    const units = this.#pace.after(event);
    const total = Math.max(event.total, 1);
    this.#change(event.stage, {
      fraction: event.done / total,
      ...(units !== undefined && { pace: units / total }),
    });
  }

  /** Seconds of a stage that went on from earlier work are not those of its operations. */
  #end(id: string, seconds: number): void {
    this.#change(id, { status: 'ended', ...(!this.#resumed && { seconds }) });
  }

  #change(id: string, change: Partial<TimedStage>): void {
    const stage = this.#stages.get(id);
    if (stage !== undefined) this.#stages.set(id, { ...stage, ...change });
  }
}

function withCosts(id: string, stage: TimedStage, { operations, seconds }: StageCosts): TimedStage {
  const took = stage.seconds ?? seconds.get(id);
  return { ...stage, flop: operations.get(id), ...(took !== undefined && { seconds: took }) };
}
