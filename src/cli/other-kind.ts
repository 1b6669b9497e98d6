// An experiment where a sweep is wanted, or the other way round: told by what the file is, not by its wrong keys.
import { UserError } from '../errors.ts';
import { detectKind } from '../sweep/detect-sweep.ts';

type Kind = 'experiment' | 'sweep';

const commands: Readonly<Record<Kind, string>> = { experiment: 'run', sweep: 'sweep' };

/** What `load` gives; where it refuses `file`, and that is of the other kind, UserError('usage') names the command. */
export async function loadedAs<T>(kind: Kind, file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const found = await detectKind(file);
    if (found === undefined || found === kind) throw error;
    throw new UserError(
      'usage',
      `this is ${found === 'sweep' ? 'a sweep' : 'an experiment'}: use \`sdx ${commands[found]} ${file}\``,
      {
        where: { file },
        cause: error,
      },
    );
  }
}
