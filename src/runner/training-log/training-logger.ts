// Logs the losses of a run's training beside its store: as lines of JSON, and for TensorBoard where that is asked for. Logs
// are no part of results: where they cannot be written, training goes on.
import { appendFile, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Experiment } from '../../config/types.generated.ts';
import { makeFolder } from '../../files/make-folder.ts';
import type { RunEvent } from '../events.ts';
import { pointRecord, sessionStart, versionRecord, type LoggedPoint } from './event-records.ts';
import { appendPoint, logFolder, readTrainingLog, writeTrainingLog } from './log-file.ts';

export interface LogSettings {
  /** Under whose name the logs lie. */
  readonly experiment: string;
  readonly tensorboard: boolean;
}

export function logSettings({ name, log }: Experiment): LogSettings {
  return { experiment: name, tensorboard: log?.tensorboard ?? false };
}

/** Where one stage of this run is logged to. */
interface OpenLog {
  readonly folder: string;
  readonly eventFile?: string;
}

type Metric = Extract<RunEvent, { type: 'stage-metric' }>;

export class TrainingLogger {
  readonly #dir: string;
  readonly #settings: LogSettings;
  /** Keys of the stages that have started. */
  readonly #keys = new Map<string, string>();
  readonly #open = new Map<string, OpenLog>();
  #writing: Promise<void> = Promise.resolve();
  /** After a failure nothing more is written: a log with a gap would be taken for whole. */
  #failed = false;
  /** Why, until it is told. */
  #untold: unknown;

  /** `dir`: the store's. */
  constructor(dir: string, settings: LogSettings) {
    this.#dir = dir;
    this.#settings = settings;
  }

  /** Must see every event of the run; never throws, never waits. */
  observe(event: RunEvent): void {
    if (event.type === 'stage-start') this.#keys.set(event.stage, event.key);
    if (event.type !== 'stage-metric') return;
    this.#writing = this.#writing.then(async () => {
      if (this.#failed) return;
      await this.#write(event).catch((error: unknown) => {
        this.#failed = true;
        this.#untold = error;
      });
    });
  }

  /** Waits until all is written; why that was not possible, told once. */
  async settled(): Promise<unknown> {
    await this.#writing;
    const failure = this.#untold;
    this.#untold = undefined;
    return failure;
  }

  async #write({ stage, step, time, values }: Metric): Promise<void> {
    const point = { step, time, values };
    const log = this.#open.get(stage) ?? (await this.#openLog(stage, point));
    this.#open.set(stage, log);
    await appendPoint(log.folder, point);
    if (log.eventFile !== undefined) await appendFile(log.eventFile, pointRecord(point));
  }

  /** Keeps what is logged of the same training before `first`, and nothing else. */
  async #openLog(stage: string, first: LoggedPoint): Promise<OpenLog> {
    const folder = logFolder(this.#dir, this.#settings.experiment, stage);
    const key = this.#keys.get(stage) ?? '';
    await makeFolder(folder);
    const before = await readTrainingLog(folder);
    const points = before?.key === key ? before.points.filter(({ step }) => step < first.step) : [];
    await writeTrainingLog(folder, { key, points });
    if (!this.#settings.tensorboard) return { folder };
    return { folder, eventFile: await startEventFile(folder, points, first) };
  }
}

const eventFileName = /^events\.out\.tfevents\.(\d+)\./;

/**
 * A file for what this process logs, after those of earlier ones: TensorBoard reads them in the order of their names. Where
 * there is none, it begins with what is logged already.
 */
async function startEventFile(
  folder: string,
  logged: readonly LoggedPoint[],
  first: LoggedPoint,
): Promise<string> {
  const earlier = (await readdir(folder)).flatMap((name) => eventFileName.exec(name)?.[1] ?? []).map(Number);
  const now = Math.floor(Date.parse(first.time) / 1000);
  const order = Math.max(now, ...earlier.map((one) => one + 1));
  const host = hostname().replaceAll(/[^\w.-]/g, '-');
  const file = path.join(
    folder,
    `events.out.tfevents.${String(order).padStart(10, '0')}.${host}.${process.pid}.0`,
  );
  const history = earlier.length === 0 ? logged : [];
  const { time, step } = history[0] ?? first;
  await appendFile(
    file,
    Buffer.concat([versionRecord(time), sessionStart(time, step), ...history.map(pointRecord)]),
  );
  return file;
}
