// Warnings of a configuration, one line each, with their places.
import { placeText, type Problem } from '../config/problem.ts';
import type { Io } from './io.ts';

export function tellWarnings(warnings: readonly Problem[], { stderr }: Pick<Io, 'stderr'>): void {
  for (const { message, where } of warnings) stderr.write(`warning: ${placeText(where)}: ${message}\n`);
}
