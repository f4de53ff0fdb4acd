/**
 * What really happened in each call, told by Asterisk to the callers' own connection, which no fault touches: what was
 * said and pressed, and when Asterisk was recording. All times are Asterisk's, in epoch ms.
 */
import type { AriEvent } from '../../asterisk/sandbox/ari-link.ts';
import type { Script } from './script.ts';

/** A stretch of time; without an end as long as it goes on. */
export interface Span {
  readonly from: number;
  to?: number;
}

/** What was recorded under one name: in several parts, if the caller paused. */
export interface WitnessedTake {
  /** The recording's; undefined if the dialplan took the message because no daemon was there. */
  readonly name: string | undefined;
  readonly parts: Span[];
}

export interface WitnessedCall {
  readonly script: Script;
  /** Channel ids of the caller's own leg, and of the one that the daemon sees. */
  readonly id: string;
  readonly farId: string;
  readonly said: (Span & { readonly hz: number })[];
  readonly keys: { readonly digit: string; readonly at: number }[];
  readonly takes: WitnessedTake[];
  /** The word in `VMREASON` that the dialplan was told last. */
  reason: string | undefined;
  ended: boolean;
  /** The caller waited for the beep, heard none, and hung up. */
  gaveUp: boolean;
}

/** The events that tell it, besides those that a caller needs. */
export const WITNESS_EVENTS = ['RecordingStarted', 'RecordingFinished', 'ChannelDialplan', 'ChannelVarset'];

/** The dialplan's Record() begins with a beep. */
const BEEP_MS = 500;

interface Waiter {
  readonly call: WitnessedCall;
  readonly met: () => boolean;
  readonly resolve: () => void;
}

export class Witness {
  readonly calls: WitnessedCall[] = [];
  readonly #byChannel = new Map<string, WitnessedCall>();
  readonly #playbacks = new Map<string, Span>();
  readonly #waiters = new Set<Waiter>();

  /** Watches a call that is about to be made. */
  add(script: Script, { id, farId }: { id: string; farId: string }): WitnessedCall {
    const nothing = { said: [], keys: [], takes: [], reason: undefined, ended: false, gaveUp: false };
    const call: WitnessedCall = { script, id, farId, ...nothing };
    this.calls.push(call);
    this.#byChannel.set(id, call).set(farId, call);
    return call;
  }

  /** Takes any event. */
  take(event: AriEvent): void {
    const target = event.playback?.target_uri ?? event.recording?.target_uri;
    const channel = event.channel?.id ?? target?.replace(/^channel:/, '');
    const call = this.#byChannel.get(channel ?? '');
    if (!call) return;
    this.#note(call, event, channel === call.farId, Date.parse(event.timestamp ?? ''));
    for (const waiter of this.#waiters) if (waiter.call === call && waiter.met()) waiter.resolve();
  }

  /** Resolves with whether `met` came true within `limitMs`; it does not after the call. */
  until(call: WitnessedCall, met: () => boolean, limitMs: number): Promise<boolean> {
    if (met() || call.ended) return Promise.resolve(met());
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(limit);
        this.#waiters.delete(waiter);
        resolve(met());
      };
      const limit = setTimeout(settle, limitMs);
      const waiter = { call, met: () => met() || call.ended, resolve: settle };
      this.#waiters.add(waiter);
    });
  }

  #note(call: WitnessedCall, event: AriEvent, far: boolean, at: number): void {
    const { type, playback, recording, variable, value, digit } = event;
    if (type === 'PlaybackStarted' && playback && !far) {
      const said = { hz: Number(/tone-(\d+)-/.exec(playback.media_uri)?.[1]), from: at };
      call.said.push(said);
      this.#playbacks.set(playback.id, said);
    } else if (type === 'PlaybackFinished' && playback) {
      end(this.#playbacks.get(playback.id), at);
      this.#playbacks.delete(playback.id);
    } else if (type === 'ChannelDtmfReceived' && far && digit) {
      call.keys.push({ digit, at });
    } else if (type === 'RecordingStarted' && recording) {
      takeOf(call, recording.name).parts.push({ from: at });
    } else if (type === 'RecordingFinished' && recording) {
      end(takeOf(call, recording.name).parts.at(-1), at);
    } else if (type === 'ChannelDialplan' && far && event.dialplan_app === 'Record') {
      takeOf(call, undefined).parts.push({ from: at + BEEP_MS });
    } else if (type === 'ChannelVarset' && variable === 'VMREASON') {
      call.reason = value;
    } else if (type === 'ChannelDestroyed') {
      call.ended = true;
      for (const { parts } of call.takes) end(parts.at(-1), at);
      end(call.said.at(-1), at);
    }
  }
}

/** The take that Asterisk is recording at the moment. */
export function live({ takes }: WitnessedCall): WitnessedTake | undefined {
  return takes.find(({ parts }) => parts.some(({ to }) => to === undefined));
}

function takeOf({ takes }: WitnessedCall, name: string | undefined): WitnessedTake {
  const known = takes.find((take) => take.name === name);
  if (known) return known;
  const take = { name, parts: [] };
  takes.push(take);
  return take;
}

function end(span: Span | undefined, at: number): void {
  if (span) span.to ??= at;
}
