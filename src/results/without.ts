// Leaves facts out of results.

/** A copy of `object` without `keys`. */
export function without<T extends object, K extends string>(object: T, ...keys: K[]): Omit<T, K> {
  const left: readonly string[] = keys;
  return Object.fromEntries(Object.entries(object).filter(([name]) => !left.includes(name))) as Omit<T, K>;
}
