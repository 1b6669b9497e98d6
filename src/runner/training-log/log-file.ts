// losses.jsonl: the losses of one stage's training as they come, a line for each logged step. The first line says of which
// artifact they are.
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { systemErrorCode } from '../../files/system-errors.ts';
import type { LoggedPoint } from './event-records.ts';

export interface TrainingLog {
  /** Key of the artifact that is trained. */
  readonly key: string;
  readonly points: readonly LoggedPoint[];
}

/** The folder of a stage's logs in the store in `dir`; `stage` is the id of its node. */
export function logFolder(dir: string, experiment: string, stage: string): string {
  return path.join(dir, 'logs', experiment, stage.replaceAll(':', '-'));
}

function fileIn(folder: string): string {
  return path.join(folder, 'losses.jsonl');
}

/** What is logged in `folder`; undefined where that is nothing. Lines that a killed process has not finished are left out. */
export async function readTrainingLog(folder: string): Promise<TrainingLog | undefined> {
  const text = await readFile(fileIn(folder), 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  });
  const [first, ...lines] = (text ?? '').split('\n').map(parsed);
  if (typeof first?.['key'] !== 'string') return undefined;
  return { key: first['key'], points: lines.flatMap((line) => pointOf(line) ?? []) };
}

/** Replaces the log in `folder`, which is there. */
export function writeTrainingLog(folder: string, { key, points }: TrainingLog): Promise<void> {
  return writeFileAtomic(fileIn(folder), [JSON.stringify({ key }), ...points.map(lineOf), ''].join('\n'));
}

export function appendPoint(folder: string, point: LoggedPoint): Promise<void> {
  return appendFile(fileIn(folder), `${lineOf(point)}\n`);
}

function lineOf({ step, time, values }: LoggedPoint): string {
  return JSON.stringify({ step, time, ...values });
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function pointOf(line: Readonly<Record<string, unknown>> | undefined): LoggedPoint | undefined {
  const { step, time, ...rest } = line ?? {};
  if (typeof step !== 'number' || typeof time !== 'string') return undefined;
  // JSON has null for what is not finite.
  const values = Object.entries(rest).filter((one): one is [string, number] => typeof one[1] === 'number');
  return { step, time, values: Object.fromEntries(values) };
}
