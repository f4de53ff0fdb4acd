/** Many operations, a few at a time: Asterisk, and our sockets, are there for the callers, too. */

/**
 * Does `work` for each of these, at most `most` at a time.
 * @throws what the first of them throws
 */
export async function atOnce<T>(
  most: number,
  all: Iterable<T>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = all[Symbol.iterator]();
  const workThrough = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: most }, workThrough));
}
