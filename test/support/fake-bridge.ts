/** A mixing bridge of the fake Asterisk: what its channels say is recorded together, and playbacks are heard by all. */
import { AriError } from '../../src/ari/ari-error.ts';
import type { RecordOptions } from '../../src/ari/ari-port.ts';
import type { FakeAsterisk } from './fake-asterisk.ts';
import type { FakeChannel } from './fake-channel.ts';
import { FakePlayback } from './fake-commands.ts';
import { lengthOf, mix } from './hearing.ts';
import type { Sound } from './stage.ts';

/** From the answer to the beginning. */
const BEGIN_MS = 1;

interface BridgeRecording {
  readonly name: string;
  readonly sounds: Sound[];
  /** Up to when `sounds` goes. */
  at: number;
  hasBegun: boolean;
  isPaused: boolean;
  isMuted: boolean;
}

export class FakeBridge {
  readonly id: string;
  readonly channels = new Set<FakeChannel>();
  readonly #asterisk: FakeAsterisk;
  readonly #recordings = new Map<string, BridgeRecording>();
  readonly #playbacks: FakePlayback[] = [];

  constructor(asterisk: FakeAsterisk, id: string) {
    this.#asterisk = asterisk;
    this.id = id;
  }

  /** The names of the recordings that are being made. */
  get recordings(): string[] {
    return [...this.#recordings.keys()];
  }

  add(channel: FakeChannel): void {
    this.#hear();
    this.channels.add(channel);
    channel.bridge = this;
  }

  /** Its recordings end when the last one has left. */
  remove(channel: FakeChannel): void {
    this.#hear();
    this.channels.delete(channel);
    channel.bridge = undefined;
    if (this.channels.size > 0) return;
    for (const name of this.recordings) this.endRecording(name);
    for (const playback of this.#playbacks.splice(0)) this.#asterisk.emit(playback.end('hangup', this.#uri));
  }

  /** Its channels stay in Stasis. Of its playbacks' end nobody is told. */
  destroy(): void {
    for (const name of this.recordings) this.endRecording(name);
    for (const playback of this.#playbacks.splice(0)) playback.end('stopped', this.#uri);
    for (const channel of this.channels) channel.bridge = undefined;
    this.channels.clear();
  }

  /** Nobody in the tests plays two at once. */
  play(id: string, media: string): void {
    const hearAll = {
      push: (...sounds: Sound[]) => this.channels.forEach(({ heard }) => heard.push(...sounds)),
    };
    const playback = new FakePlayback(id, this.#asterisk.sounds.get(media), hearAll);
    this.#playbacks.push(playback);
    playback.begin(() => this.stopPlayback(id));
  }

  stopPlayback(id: string): boolean {
    const at = this.#playbacks.findIndex((playback) => playback.id === id);
    const [playback] = at < 0 ? [] : this.#playbacks.splice(at, 1);
    if (playback) this.#asterisk.emit(playback.end('stopped', this.#uri));
    return playback !== undefined;
  }

  hasPlayback(id: string): boolean {
    return this.#playbacks.some((playback) => playback.id === id);
  }

  record({ name }: RecordOptions): void {
    const flags = { hasBegun: false, isPaused: false, isMuted: false };
    const recording = { name, sounds: [], at: Date.now(), ...flags };
    this.#recordings.set(name, recording);
    setTimeout(() => {
      if (!this.#recordings.has(name)) return;
      recording.hasBegun = true;
      const info = { name, target_uri: this.#uri, state: 'recording' };
      this.#asterisk.emit({ type: 'RecordingStarted', recording: info });
    }, BEGIN_MS);
  }

  /** `undefined` if there is none of this name. */
  stateOf(name: string): 'recording' | 'paused' | undefined {
    const recording = this.#recordings.get(name);
    return recording && (recording.isPaused ? 'paused' : 'recording');
  }

  /**
   * Pauses or mutes it, or not any more.
   * @throws AriError with status 409 in its first moment
   */
  set(name: string, what: 'isPaused' | 'isMuted', value: boolean): boolean {
    const recording = this.#begun(name);
    if (!recording) return false;
    this.#hear();
    recording[what] = value;
    return true;
  }

  /** @throws AriError with status 409 in its first moment */
  stopRecording(name: string, keep: boolean): boolean {
    if (!this.#begun(name)) return false;
    this.endRecording(name, keep);
    return true;
  }

  /** It is closed, whoever ends it: a full disk does. */
  endRecording(name: string, keep = true): void {
    this.#hear();
    const recording = this.#recordings.get(name);
    if (!recording) return;
    this.#recordings.delete(name);
    const { sounds } = recording;
    if (keep) this.#asterisk.store(name, sounds);
    const info = { name, target_uri: this.#uri, state: 'done', duration: Math.floor(lengthOf(sounds)) };
    this.#asterisk.emit({ type: 'RecordingFinished', recording: info });
  }

  get #uri(): string {
    return `bridge:${this.id}`;
  }

  #begun(name: string): BridgeRecording | undefined {
    const recording = this.#recordings.get(name);
    if (recording?.hasBegun === false) throw new AriError('Recording not in session', 409);
    return recording;
  }

  /** All that was said up to now by those who are in the bridge. */
  #hear(): void {
    const now = Date.now();
    const speeches = [...this.channels].map(({ speech }) => speech);
    for (const recording of this.#recordings.values()) {
      const { at, sounds, isPaused, isMuted } = recording;
      if (!isPaused) sounds.push(...mix(isMuted ? [] : speeches, at, now));
      recording.at = now;
    }
  }
}
