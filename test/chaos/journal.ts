/** Every fault that was injected, in order: for the table, and for whoever looks into what it led to. */

interface Entry {
  readonly at: number;
  readonly kind: string;
  readonly what: string;
}

export class Journal {
  readonly #entries: Entry[] = [];
  readonly #spans: { readonly from: number; to?: number }[] = [];
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

  /** A fault that takes time begins, and is over when what is answered is called. */
  begin(kind: string, what: string): () => void {
    this.add(kind, what);
    const span: { from: number; to?: number } = { from: Date.now() };
    this.#spans.push(span);
    return () => {
      span.to = Date.now();
      this.note(`${kind} is over`);
    };
  }

  /** How long the longest of those lasted that were under way since then, in ms. */
  longestSince(since: number): number {
    const later = this.#spans.filter(({ to = Infinity }) => to > since);
    return Math.max(0, ...later.map(({ from, to = Date.now() }) => to - from));
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
