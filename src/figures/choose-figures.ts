// Which figures a command asks for.
import { UserError } from '../errors.ts';
import { figureLabel } from '../report/figure.ts';
import { figureCatalog } from './catalog.ts';
import type { FigureSpec } from './figure-spec.ts';

export type Needs = FigureSpec['needs'];
type Needing<N extends Needs> = Extract<FigureSpec, { readonly needs: N }>;

/**
 * The figures of `only` (numbers separated by commas; absent: all) that need an experiment, or nothing. Throws
 * UserError('usage') for numbers that there are not, and for figures that need something else.
 */
export function chosenFigures<N extends Needs>(only: string | undefined, needs: N): Needing<N>[] {
  const fits = (spec: FigureSpec): spec is Needing<N> & FigureSpec => spec.needs === needs;
  if (only === undefined) return figureCatalog.filter(fits);
  const asked = only.split(',').map((word) => word.trim());
  const unknown = asked.find((word) => !figureCatalog.some(({ id }) => id === word));
  if (unknown !== undefined)
    throw new UserError('usage', `there is no figure ${unknown === '' ? '(empty)' : unknown}`, {
      hint: `there are ${figureCatalog.map(({ id }) => id).join(', ')}; sdx figures --list says what they show`,
    });
  const chosen = figureCatalog.filter(({ id }) => asked.includes(id));
  const other = chosen.find((spec) => !fits(spec));
  if (other !== undefined)
    throw new UserError(
      'usage',
      needs === 'nothing'
        ? `${figureLabel(other.id)} is made of the models of an experiment`
        : `${figureLabel(other.id)} needs no experiment, and has a page with the others of its sort`,
      {
        hint:
          needs === 'nothing'
            ? `name one: sdx figures experiments/quickstart.yaml --only ${other.id}`
            : `leave the experiment out: sdx figures --only ${other.id}`,
      },
    );
  return chosen.filter(fits);
}
