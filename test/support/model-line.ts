/** What comes from the caller's phone, as the model knows it: tones, silence, and gaps in which nothing comes at all. */

/** A stretch of one tone, or of silence. */
export interface Piece {
  readonly hz: number | undefined;
  readonly seconds: number;
  readonly levelDb: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Stretch extends Span {
  readonly isMuted: boolean;
  readonly hz: number | undefined;
  readonly levelDb: number;
}

/** Whether somebody speaks, and when the silence is too long if nobody does before. */
interface Heard {
  readonly isTalking: boolean;
  readonly limit: number;
  /** The silence was too long, by then. */
  readonly endedAt: number | undefined;
}

/** A louder voice is heard while it speaks. */
const TALK_DB = -50;
/** Asterisk gives up a recording for which nothing comes for so long. */
export const GIVES_UP_SECONDS = 4;
/** A shorter pause is none. */
const LONGEST_UNNOTICED_SECONDS = 2;

export class ModelLine {
  readonly #tones: (Span & { hz: number; levelDb: number })[] = [];
  readonly #gaps: { from: number; to: number }[] = [];

  say(hz: number, levelDb: number, from: number, to: number): void {
    this.#tones.push({ hz, levelDb, from, to });
  }

  mute(at: number): void {
    if (this.#gaps.at(-1)?.to !== Infinity) this.#gaps.push({ from: at, to: Infinity });
  }

  unmute(at: number): void {
    const gap = this.#gaps.at(-1);
    if (gap?.to === Infinity) gap.to = at;
  }

  /** What is recorded of it: of a gap nothing, not even its length. */
  pieces({ from, to }: Span): Piece[] {
    return this.#stretches(from, to)
      .filter(({ isMuted }) => !isMuted)
      .map(({ hz, levelDb, ...span }) => ({ hz, levelDb, seconds: exact(span.to - span.from) }));
  }

  /** Whether somebody was heard to speak. */
  hasTalk({ from, to }: Span): boolean {
    return this.#stretches(from, to).some(isLoud);
  }

  /** When Asterisk gives up a recording that began at `from`. */
  givesUpAt(from: number): number {
    let heardAt = from;
    for (const stretch of this.#stretches(from, Infinity)) {
      if (stretch.isMuted && stretch.to - heardAt >= GIVES_UP_SECONDS) return heardAt + GIVES_UP_SECONDS;
      if (!stretch.isMuted) heardAt = stretch.to;
    }
    return Infinity;
  }

  /**
   * Listens to a recording that began at `from`, until `to`.
   * @param limit when the silence is too long if nobody speaks from the beginning on
   * @param longest the longest silence
   */
  listen({ from, to }: Span, limit: number, longest: number): Heard {
    const noticed = Math.min(LONGEST_UNNOTICED_SECONDS, longest / 2);
    let [isTalking, quiet] = [false, 0];
    for (const stretch of this.#stretches(from, to)) {
      if (!isTalking && limit <= stretch.from) break;
      if (isLoud(stretch)) [isTalking, quiet] = [true, 0];
      // Where nothing comes, nothing is noticed.
      if (!isTalking || isLoud(stretch) || stretch.isMuted) continue;
      const before = quiet;
      quiet += stretch.to - stretch.from;
      if (quiet < noticed) continue;
      isTalking = false;
      limit = stretch.from - before + longest;
    }
    return { isTalking, limit, endedAt: isTalking || limit > to ? undefined : limit };
  }

  #stretches(from: number, to: number): Stretch[] {
    const spans = [...this.#tones, ...this.#gaps];
    const edges = [from, ...spans.flatMap((span) => [span.from, span.to]), to]
      .filter((edge) => edge >= from && edge <= to)
      .sort((a, b) => a - b);
    const at = <T extends Span>(list: readonly T[], time: number) =>
      list.find((span) => span.from <= time && time < span.to);
    return edges.slice(0, -1).flatMap((begin, n) => {
      const end = edges[n + 1] ?? begin;
      if (end <= begin) return [];
      const { hz, levelDb = -Infinity } = at(this.#tones, begin) ?? { hz: undefined };
      return { from: begin, to: end, isMuted: at(this.#gaps, begin) !== undefined, hz, levelDb };
    });
  }
}

/** To the millisecond: 2.3 - 0.3 is less than 2 to a computer. */
export const exact = (seconds: number) => Math.round(seconds * 1000) / 1000;

const isLoud = ({ isMuted, levelDb }: Stretch) => !isMuted && levelDb > TALK_DB;
