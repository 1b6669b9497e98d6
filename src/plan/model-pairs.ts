// Models of an experiment whose samples are compared with each other.
import type { Experiment } from '../config/types.generated.ts';
import { canonicalJson } from '../files/canonical-json.ts';

/** Two models whose samples start from the same noise. */
export type ModelPair = readonly [model: string, against: string];

type Student = Experiment['students'][string];

/**
 * Students with and without the frequency loss that are otherwise the same, then each student and the teacher; of
 * `models` only, `teacher` and names of students.
 */
export function comparedPairs({ students }: Experiment, models: readonly string[]): ModelPair[] {
  const asked = models.filter((model) => model !== 'teacher');
  const twins = asked.flatMap((withLoss) =>
    asked
      .filter((without) => areTwins(students[withLoss]!, students[without]!))
      .map((without): ModelPair => [withLoss, without]),
  );
  const taught = models.includes('teacher') ? asked.map((student): ModelPair => [student, 'teacher']) : [];
  return [...twins, ...taught];
}

function areTwins(withLoss: Student, without: Student): boolean {
  const rest = (student: Student): string => canonicalJson({ ...student, freq: null });
  return withLoss.freq && !without.freq && rest(withLoss) === rest(without);
}
