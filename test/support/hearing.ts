/** What comes from a fake channel: tones on a time line, and the pieces of it that a recording cuts out. */
import { TONE_DB } from '../../asterisk/sandbox/wav.ts';
import type { Sound } from './stage.ts';

interface Speech {
  readonly hz: number;
  readonly levelDb: number;
  readonly from: number;
  to: number;
}

/** Louder than this is speech for TALK_DETECT, as the daemon sets it: a sine whose samples have a mean of 64. */
const TALK_DB = -50;

export class Hearing {
  readonly #speech: Speech[] = [];
  /** When nothing at all came: the phone is muted, or out of reach. The last one may be open. */
  readonly #gaps: { readonly from: number; to: number }[] = [];

  /** A tone begins now. */
  add(hz: number, seconds: number, levelDb = TONE_DB): void {
    const from = Date.now();
    this.#speech.push({ hz, levelDb, from, to: from + seconds * 1000 });
  }

  /** Silence from now on. */
  end(): void {
    for (const speech of this.#speech) speech.to = Math.min(speech.to, Date.now());
  }

  /** From now on nothing comes, not even silence. */
  mute(): void {
    if (!this.isMuted) this.#gaps.push({ from: Date.now(), to: Infinity });
  }

  unmute(): void {
    const gap = this.#gaps.at(-1);
    if (gap && this.isMuted) gap.to = Date.now();
  }

  get isMuted(): boolean {
    return this.#gaps.at(-1)?.to === Infinity;
  }

  /** When the last audio before `time` came. */
  lastAudio(time: number): number {
    const gap = this.#gaps.find(({ from, to }) => from <= time && time < to);
    return gap ? gap.from : time;
  }

  /** Whether somebody is heard to speak at this moment. */
  isLoud(time: number): boolean {
    if (this.lastAudio(time) !== time) return false;
    return this.#speech.some(({ from, to, levelDb }) => levelDb > TALK_DB && from <= time && time < to);
  }

  /** The next moment at which a tone begins or ends. */
  nextEdge(time: number): number | undefined {
    const edges = this.#speech.flatMap(({ from, to }) => [from, to]).filter((edge) => edge > time);
    return edges.length > 0 ? Math.min(...edges) : undefined;
  }

  /** What came, one after the other: of a gap nothing is there, not even its length. */
  between(from: number, to: number): Sound[] {
    const sounds: Sound[] = [];
    let at = from;
    for (const gap of [...this.#gaps, { from: to, to }]) {
      const end = Math.min(gap.from, to);
      if (end > at) sounds.push(...this.#spoken(at, end));
      at = Math.max(at, gap.to);
    }
    return sounds;
  }

  #spoken(from: number, to: number): Sound[] {
    const sounds: Sound[] = [];
    let at = from;
    for (const speech of this.#speech) {
      const begin = Math.max(speech.from, at);
      const end = Math.min(speech.to, to);
      if (end <= begin) continue;
      if (begin > at) sounds.push(silence(begin - at));
      sounds.push({ hz: speech.hz, seconds: (end - begin) / 1000, levelDb: speech.levelDb });
      at = end;
    }
    if (to > at) sounds.push(silence(to - at));
    return sounds;
  }
}

/** What comes from several at once: two tones that sound together are told as one, whose Hz are the sum of theirs. */
export function mix(hearings: readonly Hearing[], from: number, to: number): Sound[] {
  const lines = hearings.map((hearing) => timeline(hearing.between(from, to), from));
  const edges = [...new Set([from, to, ...lines.flatMap((line) => line.map(({ at }) => at))])];
  edges.sort((a, b) => a - b);
  const sounds: Sound[] = [];
  for (const [n, at] of edges.slice(0, -1).entries()) {
    const seconds = ((edges[n + 1] ?? at) - at) / 1000;
    const hz = lines.reduce((sum, line) => sum + (line.findLast((sound) => sound.at <= at)?.hz ?? 0), 0);
    sounds.push(hz === 0 ? silence(seconds * 1000) : { hz, seconds, levelDb: TONE_DB });
  }
  return sounds;
}

/** When each of the sounds begins. */
function timeline(sounds: readonly Sound[], from: number): { at: number; hz: number }[] {
  let at = from;
  return sounds.map(({ hz = 0, seconds }) => {
    const begins = at;
    at += Math.round(seconds * 1000);
    return { at: begins, hz };
  });
}

const silence = (ms: number): Sound => ({ hz: undefined, seconds: ms / 1000, levelDb: -Infinity });

/** To the millisecond: a sum of fractions may be a hair less than the whole second that it is. */
export function lengthOf(sounds: readonly Sound[]): number {
  return Math.round(sounds.reduce((sum, { seconds }) => sum + seconds, 0) * 1000) / 1000;
}

/** The first `seconds` of `sounds`. */
export function beginning(sounds: readonly Sound[], seconds: number): Sound[] {
  const kept: Sound[] = [];
  let left = seconds;
  for (const sound of sounds) {
    if (left <= 0) break;
    kept.push({ ...sound, seconds: Math.min(sound.seconds, left) });
    left -= sound.seconds;
  }
  return kept;
}
