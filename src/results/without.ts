// Leaves one fact out of results.

/** A copy of `object` without `key`. */
export function without<T extends object, K extends string>(object: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as Omit<T, K>;
}
