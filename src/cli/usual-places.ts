// Where experiments and results usually lie, and a store that has to be there.
import { UserError } from '../errors.ts';
import { exists } from '../files/exists.ts';
import { openStore, type Store } from '../store/store.ts';

const usualPlaces = ['experiments', 'results'] as const;

/** The places that the user names, else those of the usual ones that are there. */
export async function placesOrUsual(places: readonly string[]): Promise<readonly string[]> {
  if (places.length > 0) return places;
  const found: string[] = [];
  for (const place of usualPlaces) if (await exists(place)) found.push(place);
  return found.length > 0 ? found : usualPlaces;
}

/** Throws UserError('input') where there is none. */
export async function existingStore(dir: string): Promise<Store> {
  if (await exists(dir)) return openStore(dir);
  throw new UserError('input', `there is no store in ${dir}`, {
    hint: 'name the folder of the store with --store',
    where: { file: dir },
  });
}
