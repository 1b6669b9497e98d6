// Summaries come back from the store as JSON; here they become what their stages wrote.
import { UserError } from '../../errors.ts';
import type { AnyDescription, ResultPart, SummaryOf } from './description.ts';

/** What is read of a published artifact. */
interface Published {
  readonly dir: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** The summary of an artifact of the described kind. Throws UserError('input') where members are missing. */
export function summaryOf<D extends AnyDescription>(
  { kind, summary: names }: D,
  { dir, summary }: Published,
): SummaryOf<D> {
  const missing = names.filter((name) => summary[name] === undefined);
  if (missing.length > 0)
    throw new UserError('input', `the summary of a stage \`${kind}\` lacks ${missing.join(', ')}`, {
      hint: 'the artifact is damaged: remove its folder, and run the experiment again',
      where: { file: dir },
    });
  return summary as SummaryOf<D>;
}

/** What an artifact of the described kind tells of its model; nothing for kinds that tell nothing. Throws as summaryOf. */
export function resultPart(description: AnyDescription, artifact: Published): ResultPart {
  return description.result?.(summaryOf(description, artifact)) ?? {};
}
