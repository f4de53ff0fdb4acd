/**
 * A channel of the fake Asterisk: it executes one command (a playback, a recording) after the other, hears
 * its caller's tones, and tells the daemon what happens in Asterisk's order.
 */
import type { Assignment, RecordOptions } from '../../src/ari/ari-port.ts';
import { STANDING_VARIABLE } from '../../src/call/standing.ts';
import type { FakeAsterisk } from './fake-asterisk.ts';
import type { FakeBridge } from './fake-bridge.ts';
import { type Command, FakePlayback, FakeRecording } from './fake-commands.ts';
import { FakeTalkDetect } from './fake-talk-detect.ts';
import { Hearing } from './hearing.ts';
import type { Sound } from './stage.ts';

/** From the end of one command to the beginning of the next. */
const COMMAND_MS = 1;
/** After this, the events of the channel's end have reached the daemon. */
const EVENTS_TOLD_MS = 2;

export class FakeChannel {
  /** Another channel can take its place: then it is that one's. */
  id: string;
  /** Application and arguments, as `Stasis()` got them. */
  readonly appData: string;
  readonly heard: Sound[] = [];
  /** All media that were asked for, as ARI's media URIs. */
  readonly played: string[] = [];
  readonly variables = new Map<string, string>();
  readonly gone: Promise<void>;
  readonly speech = new Hearing();
  readonly #talk = new FakeTalkDetect(this.speech, (isTalking) => this.#tellTalk(isTalking));
  /** The bridge that it is in. */
  bridge: FakeBridge | undefined;
  /** Whether the daemon has answered it. */
  isAnswered = false;
  /** How often the daemon has let it ring. */
  rings = 0;
  readonly #asterisk: FakeAsterisk;
  readonly #created = new Date();
  /** Where a playback or a recording began: it says so to its end. */
  readonly #targets = new WeakMap<Command, string>();
  readonly #queue: Command[] = [];
  #resolveGone: () => void = () => {};
  #current: Command | undefined;
  #isGone = false;
  #isLeaving = false;

  constructor(asterisk: FakeAsterisk, id: string, appData: string) {
    this.#asterisk = asterisk;
    this.id = id;
    this.appData = appData;
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  get info() {
    const creationtime = this.#created.toISOString().replace('Z', '+0000');
    return { id: this.id, name: `Fake/${this.id}`, creationtime };
  }

  get dialplan(): { app_name: string; app_data: string } {
    return { app_name: 'Stasis', app_data: this.appData };
  }

  /** What the dialplan is told of the call's end: the variables of the contract. */
  get result(): Record<string, string> {
    const told = [...this.variables].filter(([name]) => name !== STANDING_VARIABLE);
    return Object.fromEntries(told);
  }

  /** The name of the recording that is being made, if any. */
  get liveRecording(): string | undefined {
    return this.#current instanceof FakeRecording ? this.#current.id : undefined;
  }

  /** The names of all recordings that are being made, or will be when it is their turn. */
  get recordings(): string[] {
    const commands = [this.#current, ...this.#queue].filter((command) => command instanceof FakeRecording);
    return commands.map(({ id }) => id);
  }

  // What the caller does.

  /** The caller speaks from now on, for `seconds` or until the call ends. */
  speak(hz: number, seconds: number, levelDb?: number): void {
    this.speech.add(hz, seconds, levelDb);
    this.#talk.listen();
  }

  /** Nothing comes from the phone any more, not even silence. */
  mute(): void {
    this.speech.mute();
    this.#talk.listen();
  }

  unmute(): void {
    this.speech.unmute();
    this.#talk.listen();
  }

  press(digit: string): void {
    if (this.#isGone) return;
    this.#asterisk.emit({ type: 'ChannelDtmfReceived', channel: this.info, digit });
  }

  /** The caller hangs up, or the daemon hangs the caller up. ChannelDestroyed goes to others than the app. */
  hangup(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#asterisk.channels.delete(this.id);
    this.speech.end();
    this.#talk.remove();
    this.#queue.length = 0;
    this.#asterisk.emit({ type: 'ChannelHangupRequest', channel: this.info });
    this.#end('hangup');
    this.#asterisk.emit({ type: 'StasisEnd', channel: this.info });
    this.bridge?.remove(this);
    setTimeout(this.#resolveGone, EVENTS_TOLD_MS);
  }

  /** The channel is in Stasis again. */
  enter(): void {
    this.#isGone = false;
    this.#isLeaving = false;
  }

  /** The call goes on in the dialplan; not before what is being recorded has ended (measured). */
  leave(): void {
    if (this.#isGone) return;
    if (this.#current instanceof FakeRecording) {
      this.#isLeaving = true;
      return;
    }
    this.#isGone = true;
    this.#talk.remove();
    this.bridge?.remove(this);
    this.#asterisk.channels.delete(this.id);
    this.#asterisk.emit({ type: 'StasisEnd', channel: this.info });
    setTimeout(this.#resolveGone, EVENTS_TOLD_MS);
  }

  /** Another channel takes its place: what is being recorded hears nothing any more, as often on the real one. */
  deafen(): void {
    if (this.#current instanceof FakeRecording) this.#current.deafen();
    this.#talk.remove();
  }

  // What the daemon does.

  /** Sets variables and functions at once, whatever the channel is busy with. */
  setVariables(variables: readonly Assignment[]): void {
    for (const [name, value] of variables) {
      if (name === 'TALK_DETECT(set)') this.#talk.set(Number(value.split(',')[0]));
      else if (name === 'TALK_DETECT(remove)') this.#talk.remove();
      else this.variables.set(name, value);
    }
  }

  play(id: string, media: string): void {
    const name = media.replace('recording:', '');
    this.played.push(media);
    const sounds = this.#asterisk.unreadable.has(name)
      ? undefined
      : (this.#asterisk.sounds.get(media) ?? this.#asterisk.stored.get(name));
    // Asterisk answers with success, logs an error, and never tells of the end.
    if (media.startsWith('recording:') && !this.#asterisk.stored.has(name)) return;
    this.#push(new FakePlayback(id, sounds, this.heard));
  }

  record(options: RecordOptions): void {
    if (this.bridge) {
      const recording = { name: options.name, target_uri: `channel:${this.id}`, state: 'failed' };
      return this.#asterisk.emit({ type: 'RecordingFailed', recording });
    }
    const before = options.append ? (this.#asterisk.stored.get(options.name) ?? []) : [];
    const store = (sounds: readonly Sound[]) => this.#asterisk.store(options.name, sounds);
    this.#push(new FakeRecording(options, this.speech, before, store));
  }

  stopPlayback(id: string): boolean {
    if (this.#current instanceof FakePlayback && this.#current.id === id) {
      this.#end('stopped');
      return true;
    }
    const queued = this.#queue
      .filter((command) => command instanceof FakePlayback)
      .find((playback) => playback.id === id);
    if (!queued) return false;
    this.#queue.splice(this.#queue.indexOf(queued), 1);
    this.#tell(queued, 'stopped');
    return true;
  }

  /** The file of the live recording is deleted: it goes on, and nothing of it is stored. */
  deleteLive(name: string): boolean {
    if (!(this.#current instanceof FakeRecording) || this.#current.id !== name) return false;
    return this.#current.deleteFile();
  }

  /** Whether a recording of this name is being made, or waits for its turn. */
  hasRecording(name: string): boolean {
    return [this.#current, ...this.#queue].some(
      (command) => command instanceof FakeRecording && command.id === name,
    );
  }

  hasPlayback(id: string): boolean {
    return [this.#current, ...this.#queue].some(
      (command) => command instanceof FakePlayback && command.id === id,
    );
  }

  /** Stops or cancels the live recording; one that is still queued is left alone, as Asterisk does. */
  stopRecording(name: string, keep: boolean): boolean {
    if (this.liveRecording === name) this.#end(keep ? 'stopped' : 'cancelled');
    else return this.#queue.some((command) => command instanceof FakeRecording && command.id === name);
    return true;
  }

  #push(command: Command): void {
    this.#targets.set(command, `channel:${this.id}`);
    this.#queue.push(command);
    if (!this.#current) setTimeout(() => this.#next(), COMMAND_MS);
  }

  #next(): void {
    if (this.#current) return;
    this.#current = this.#queue.shift();
    this.#current?.begin(() => this.#end('itself'));
    if (this.#current instanceof FakeRecording) {
      const target_uri = this.#targetOf(this.#current);
      const recording = { name: this.#current.id, target_uri, state: 'recording' };
      this.#asterisk.emit({ type: 'RecordingStarted', recording });
    }
  }

  #end(by: Parameters<Command['end']>[0]): void {
    const command = this.#current;
    if (!command) return;
    this.#current = undefined;
    this.#tell(command, by);
    if (this.#isLeaving) this.leave();
    else if (this.#queue.length > 0) setTimeout(() => this.#next(), COMMAND_MS);
  }

  #tellTalk(isTalking: boolean): void {
    const type = isTalking ? 'ChannelTalkingStarted' : 'ChannelTalkingFinished';
    this.#asterisk.emit({ type, channel: this.info });
  }

  #tell(command: Command, by: Parameters<Command['end']>[0]): void {
    this.#asterisk.emit(command.end(by, this.#targetOf(command)));
  }

  #targetOf(command: Command): string {
    return this.#targets.get(command) ?? `channel:${this.id}`;
  }
}
