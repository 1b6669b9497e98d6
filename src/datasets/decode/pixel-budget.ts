// A bound on what is decoded at once, by pixels: a file of some kilobytes may hold hundreds of millions of them.

export interface PixelBudget {
  /** Runs `work`, which holds `pixels`, once they fit; work too large for the budget runs alone. First come, first served. */
  readonly within: <T>(pixels: number, work: () => Promise<T>) => Promise<T>;
}

export function pixelBudget(most: number): PixelBudget {
  const waiting: { readonly pixels: number; readonly start: () => void }[] = [];
  let held = 0;
  const admit = (): void => {
    for (;;) {
      const next = waiting[0];
      if (next === undefined || (held > 0 && held + next.pixels > most)) return;
      waiting.shift();
      held += next.pixels;
      next.start();
    }
  };
  return {
    async within(pixels, work) {
      await new Promise<void>((start) => {
        waiting.push({ pixels, start });
        admit();
      });
      try {
        return await work();
      } finally {
        held -= pixels;
        admit();
      }
    },
  };
}
