/** Every fault that was injected, in order: for the table, and for whoever looks into what it led to. */

interface Entry {
  readonly at: number;
  readonly kind: string;
  readonly what: string;
}

export class Journal {
  readonly #entries: Entry[] = [];
  readonly #counts = new Map<string, number>();

  /** A fault of this kind happens now. */
  add(kind: string, what: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#entries.push({ at: Date.now(), kind, what });
  }

  /** Something worth reading that is no fault. */
  note(what: string): void {
    this.#entries.push({ at: Date.now(), kind: '', what });
  }

  /** By kind. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** A line for each entry that `matches`. */
  lines(matches: (what: string) => boolean = () => true): string[] {
    return this.#entries
      .filter(({ what }) => matches(what))
      .map(({ at, kind, what }) => `${new Date(at).toISOString()} ${kind} ${what}`);
  }
}
