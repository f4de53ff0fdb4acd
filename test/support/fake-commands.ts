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

/** A recording that gets no audio for so long ends. */
const NO_AUDIO_MS = 4_000;

export class FakeRecording implements Command {
  readonly id: string;
  readonly #options: RecordOptions;
  readonly #speech: Hearing;
  readonly #before: readonly Sound[];
  readonly #store: (sounds: readonly Sound[]) => void;
  #timers: NodeJS.Timeout[] = [];
  #began = 0;
  #isDeleted = false;
  #deafSince = Infinity;

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
    const { maxDurationSeconds } = this.#options;
    if (maxDurationSeconds > 0) this.#timers.push(setTimeout(done, maxDurationSeconds * 1000));
    this.#watchAudio(done, this.#began);
  }

  /** It goes on, and nothing that is said from now on is in it. */
  deafen(): void {
    this.#deafSince = Math.min(this.#deafSince, Date.now());
  }

  /** @returns whether there was a file */
  deleteFile(): boolean {
    const hadFile = !this.#isDeleted;
    this.#isDeleted = true;
    return hadFile;
  }

  end(by: EndedBy, target_uri: string): AriEvent {
    for (const timer of this.#timers) clearTimeout(timer);
    const sounds = [
      ...this.#before,
      ...this.#speech.between(this.#began, Math.min(Date.now(), this.#deafSince)),
    ];
    if (by !== 'cancelled' && !this.#isDeleted) this.#store(sounds);
    const duration = Math.floor(lengthOf(sounds));
    return { type: 'RecordingFinished', recording: { name: this.id, target_uri, state: 'done', duration } };
  }

  #watchAudio(done: () => void, heardAt: number): void {
    const check = () => {
      const last = Math.max(heardAt, this.#speech.lastAudio(Date.now()));
      if (Date.now() - last >= NO_AUDIO_MS) done();
      else this.#watchAudio(done, last);
    };
    this.#timers.push(setTimeout(check, heardAt + NO_AUDIO_MS - Date.now()));
  }
}
