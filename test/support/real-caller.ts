/** A caller on the real stage: one over a Local channel, and what the daemon says of the call. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import type { LocalCaller } from '../../asterisk/sandbox/local-caller.ts';
import { segments } from '../../asterisk/sandbox/segments.ts';
import { readWav, type Wav } from '../../asterisk/sandbox/wav.ts';
import type { Caller, Sound } from './stage.ts';

/** Longer than any recording in a story. */
const TALK_SECONDS = 10;

export class RealCaller implements Caller {
  readonly leg: LocalCaller;
  readonly #heard: string;
  readonly #log: DaemonLog;

  constructor(leg: LocalCaller, heard: string, log: DaemonLog) {
    this.leg = leg;
    this.#heard = heard;
    this.#log = log;
  }

  until(message: string, times?: number): Promise<void> {
    return this.#log.until(this.leg.farId, message, times);
  }

  say(hz: number, seconds: number, levelDb?: number): Promise<void> {
    return this.leg.say(hz, seconds, levelDb);
  }

  mute(): Promise<void> {
    return this.leg.mute();
  }

  unmute(): Promise<void> {
    return this.leg.unmute();
  }

  async talkOn(hz: number): Promise<void> {
    await this.leg.startSaying(hz, TALK_SECONDS);
  }

  press(digits: string): Promise<void> {
    return this.leg.press(digits);
  }

  wait(seconds: number): Promise<void> {
    return sleep(seconds * 1000);
  }

  hangup(): Promise<void> {
    return this.leg.hangup();
  }

  gone(): Promise<void> {
    return this.leg.ended;
  }

  async over(): Promise<void> {
    await this.gone();
    await this.until('Call over');
  }

  async heard(): Promise<readonly Sound[]> {
    return segments(await this.wavHeard());
  }

  /** The same as it is, for who listens for two voices at once. */
  wavHeard(): Promise<Wav> {
    return readWav(this.#heard);
  }

  log(): string[] {
    return this.#log
      .of(this.leg.farId)
      .filter((line) => line.level !== 'debug')
      .map((line) => line.msg);
  }
}
