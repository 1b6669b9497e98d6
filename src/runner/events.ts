// What happens in a run, as JSON: one stream of events feeds the terminal, `--json`, the record of the run and tests.
import type { StageKind } from '../stages/catalog.ts';
import type { StageEvent } from '../stages/stage.ts';

interface StageRef {
  /** Id of the plan's node. */
  readonly stage: string;
}

/** An error without its stack. */
export interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
}

export type RunStatus = 'done' | 'failed' | 'interrupted';

export type RunEventBody =
  | {
      readonly type: 'plan-start';
      readonly experiment: string;
      readonly stages: readonly {
        readonly id: string;
        readonly kind: StageKind;
        readonly key: string;
        readonly cached: boolean;
      }[];
    }
  | (StageRef & { readonly type: 'stage-start'; readonly key: string; readonly resumed: boolean })
  | (StageRef & { readonly type: 'stage-cached'; readonly key: string })
  | (StageRef & {
      readonly type: 'stage-waiting';
      readonly key: string;
      readonly lockFile: string;
      /** Who works on the same artifact; absent while that is not known. */
      readonly owner?: { readonly pid: number; readonly host: string; readonly since: string };
    })
  | (StageRef & {
      readonly type: 'stage-progress';
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly note?: string;
    })
  | (StageRef & {
      readonly type: 'stage-metric';
      readonly step: number;
      readonly values: Readonly<Record<string, number>>;
    })
  | (StageRef & { readonly type: 'stage-info' | 'stage-warning'; readonly message: string })
  | (StageRef & { readonly type: 'stage-done'; readonly key: string; readonly seconds: number })
  | (StageRef & {
      readonly type: 'stage-shard-done';
      readonly key: string;
      readonly number: number;
      readonly of: number;
      readonly seconds: number;
    })
  | (StageRef & { readonly type: 'stage-failed'; readonly error: ErrorFacts })
  | (StageRef & { readonly type: 'stage-blocked'; readonly by: string })
  | {
      readonly type: 'run-done';
      readonly status: RunStatus;
      readonly seconds: number;
      /** Node ids. */
      readonly failed: readonly string[];
      readonly blocked: readonly string[];
    };

/** An event and when it happened, ISO 8601. */
export type RunEvent = RunEventBody & { readonly time: string };

export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return { name: error.name, message: error.message, ...(hint === undefined ? {} : { hint }) };
}

/** The event that a line of `--json` holds; undefined for other lines. */
export function readRunEvent(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as Partial<RunEvent> | null;
    return typeof event?.type === 'string' && typeof event.time === 'string'
      ? (event as RunEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a stage says, as an event of the run. */
export function stageEvent(stage: string, event: StageEvent): RunEventBody {
  switch (event.type) {
    case 'progress': {
      const { done, total, unit, note } = event;
      return { type: 'stage-progress', stage, done, total, unit, ...(note === undefined ? {} : { note }) };
    }
    case 'metric':
      return { type: 'stage-metric', stage, step: event.step, values: event.values };
    case 'info':
    case 'warning':
      return { type: `stage-${event.type}`, stage, message: event.message };
  }
}
