// Checks of the students' methods: keys that a method needs or does not have, and networks that it cannot change.
import { blocksMisfit } from '../models/unet/removed-blocks.ts';
import { issueAt, type Issue } from './problem.ts';
import { experimentSchema } from './schema.ts';
import { methodOf, studentMethods } from './student-methods.ts';
import type { Experiment, Student } from './types.generated.ts';

export function wrongMethods({ students, teacher, conditioning }: Experiment): Issue[] {
  return Object.entries(students).flatMap(([name, student]) => {
    const path = ['students', name];
    const method = methodOf(student);
    const { needs, takes, conditional } = studentMethods[method];
    const missing = needs.filter((key) => student[key] === undefined);
    const own = [...needs, ...takes];
    const foreign = givenKeys(student).filter((key) => !own.includes(key) && ownersOf(key).length > 0);
    const misfit =
      student.blocks && !foreign.includes('blocks') && blocksMisfit(teacher.unet, student.blocks);
    const widened =
      method === 'pruned' && (student.modelChannels ?? 0) > teacher.unet.modelChannels
        ? `: the teacher has only ${teacher.unet.modelChannels} channels to choose from`
        : undefined;
    return [
      ...missing.map((key) => issueAt(path, ` lacks ${key}, which the method ${method} needs`, 'key')),
      ...foreign.map((key) =>
        issueAt(
          [...path, key],
          `: the method ${method} has no such key; it is of ${ownersOf(key).join(' and ')}`,
          'key',
        ),
      ),
      ...(widened ? [issueAt([...path, 'modelChannels'], widened)] : []),
      ...(misfit ? [issueAt([...path, 'blocks'], `: ${misfit}`)] : []),
      ...(conditional || conditioning.kind === 'none'
        ? []
        : [
            issueAt(
              [...path, 'method'],
              `: ${method} is for models that are told nothing, and conditioning.kind is ${conditioning.kind}`,
            ),
          ]),
    ];
  });
}

/** What is given; switches that are off and what the schema fills in count as not given. */
function givenKeys(student: Student): (keyof Student)[] {
  const { properties = {} } = experimentSchema().definitions?.['student'] ?? {};
  return (Object.keys(student) as (keyof Student)[]).filter(
    (key) => student[key] !== undefined && student[key] !== properties[key]?.default,
  );
}

/** The methods that a key belongs to; none where it is for all, as `sample` is. */
function ownersOf(key: keyof Student): string[] {
  return Object.entries(studentMethods)
    .filter(([, { needs, takes }]) => [...needs, ...takes].includes(key))
    .map(([name]) => name);
}
