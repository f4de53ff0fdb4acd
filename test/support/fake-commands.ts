/** What a channel of the fake Asterisk can be busy with: a playback or a recording, and how each ends. */
import type { AriEvent, RecordOptions } from '../../src/ari/ari-port.ts';
import { beginning, type Hearing, lengthOf } from './hearing.ts';
import type { Sound } from './stage.ts';

/** Who ended a command: its own limit, the daemon's stop or cancel, or the end of the call. */
export type EndedBy = 'itself' | 'stopped' | 'cancelled' | 'hangup';

export interface Command {
  readonly id: string;
  /** Begins; calls `done` when it ends by itself. */
  begin(done: () => void): void;
  /** Ends, and answers with the event that tells so. */
  end(by: EndedBy, target_uri: string): AriEvent;
}

/** Takes what is heard. */
interface Ear {
  push(...sounds: Sound[]): unknown;
}

export class FakePlayback implements Command {
  readonly id: string;
  readonly #sounds: readonly Sound[] | undefined;
  readonly #ear: Ear;
  #began: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param sounds undefined if there is no such file */
  constructor(id: string, sounds: readonly Sound[] | undefined, ear: Ear) {
    this.id = id;
    this.#sounds = sounds;
    this.#ear = ear;
  }

  begin(done: () => void): void {
    this.#began = Date.now();
    this.#timer = setTimeout(done, lengthOf(this.#sounds ?? []) * 1000);
  }

  end(by: EndedBy, target_uri: string): AriEvent {
    clearTimeout(this.#timer);
    const seconds = this.#began === undefined ? 0 : (Date.now() - this.#began) / 1000;
    this.#ear.push(...beginning(this.#sounds ?? [], seconds));
    const state = this.#sounds && by !== 'hangup' ? 'done' : 'failed';
    return { type: 'PlaybackFinished', playback: { id: this.id, target_uri, state } };
  }
}

/** Of the silence that ends a recording, this much stays in the file. */
const KEPT_SILENCE_SECONDS = 0.2;
/** It takes a frame to hear that it is silent. */
const UNCOUNTED_SILENCE_SECONDS = 0.02;

export class FakeRecording implements Command {
  readonly id: string;
  readonly #options: RecordOptions;
  readonly #speech: Hearing;
  readonly #before: readonly Sound[];
  readonly #store: (sounds: readonly Sound[]) => void;
  #timers: NodeJS.Timeout[] = [];
  #began = 0;
  #isDeleted = false;

  /** @param before what the recording is appended to */
  constructor(
    options: RecordOptions,
    speech: Hearing,
    before: readonly Sound[],
    store: (sounds: readonly Sound[]) => void,
  ) {
    this.#before = before;
    this.id = options.name;
    this.#options = options;
    this.#speech = speech;
    this.#store = store;
  }

  begin(done: () => void): void {
    this.#began = Date.now();
    const { maxDurationSeconds, maxSilenceSeconds } = this.#options;
    if (maxDurationSeconds > 0) this.#timers.push(setTimeout(done, maxDurationSeconds * 1000));
    if (maxSilenceSeconds > 0) this.#watchSilence(done, maxSilenceSeconds * 1000, this.#began);
  }

  /** @returns whether there was a file */
  deleteFile(): boolean {
    const hadFile = !this.#isDeleted;
    this.#isDeleted = true;
    return hadFile;
  }

  /**
   * With silence detection, Asterisk's `duration` leaves out the silence at the end; and what ended by itself
   * loses that silence in the file, too.
   */
  end(by: EndedBy, target_uri: string): AriEvent {
    for (const timer of this.#timers) clearTimeout(timer);
    const sounds = [...this.#before, ...this.#speech.between(this.#began, Date.now())];
    const last = sounds.at(-1);
    const quiet = this.#options.maxSilenceSeconds > 0 && last?.hz === undefined ? (last?.seconds ?? 0) : 0;
    const cut = by === 'itself' ? Math.max(0, quiet - KEPT_SILENCE_SECONDS) : 0;
    if (by !== 'cancelled' && !this.#isDeleted) this.#store(beginning(sounds, lengthOf(sounds) - cut));
    const duration =
      Math.floor(lengthOf(sounds)) - Math.floor(Math.max(0, quiet - UNCOUNTED_SILENCE_SECONDS));
    return { type: 'RecordingFinished', recording: { name: this.id, target_uri, state: 'done', duration } };
  }

  #watchSilence(done: () => void, limitMs: number, quietSince: number): void {
    const check = () => {
      const spokeLast = Math.max(quietSince, this.#speech.lastBefore(Date.now()));
      if (Date.now() - spokeLast >= limitMs) done();
      else this.#watchSilence(done, limitMs, spokeLast);
    };
    this.#timers.push(setTimeout(check, quietSince + limitMs - Date.now()));
  }
}
