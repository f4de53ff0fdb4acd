/** A wait with a limit that leaves no timer behind. */

/** Resolves when `happening` does, or after `limitMs`; rejects if it rejects before that. */
export async function within(limitMs: number, happening: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([happening, limit]).finally(() => clearTimeout(timer));
}
