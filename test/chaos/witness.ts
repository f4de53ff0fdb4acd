/**
 * What really happened in each call, told by Asterisk to the callers' own connection, which no fault touches: what was
 * said and pressed, and when Asterisk was recording. All times are Asterisk's, in epoch ms.
 */
import type { AriEvent } from '../../asterisk/sandbox/ari-link.ts';
import { bridgeId } from '../../src/call/conversation-ids.ts';
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
  /** It was put through: the daemon sees the caller's own channel from then on. */
  isPutThrough: boolean;
  /** By the caller, and by the owner, whose channel is another. */
  readonly said: (Span & { readonly hz: number; readonly channel: string })[];
  readonly keys: { readonly digit: string; readonly at: number }[];
  readonly takes: WitnessedTake[];
  /** When the caller's phone sent nothing at all. */
  readonly muted: Span[];
  /** The word in `VMREASON` that the dialplan was told last. */
  reason: string | undefined;
  /** The caller was put into a bridge, to talk to the owner. */
  isBridged: boolean;
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
  /** The telephones' channels that the daemon sees. */
  readonly #phones = new Set<string>();
  readonly #playbacks = new Map<string, Span>();
  readonly #waiters = new Set<Waiter>();
  readonly #onBridge: (id: string) => void;

  /** @param onBridge told of a conversation's bridge, whose events are to be watched, too */
  constructor(onBridge: (id: string) => void) {
    this.#onBridge = onBridge;
  }

  /** Watches a call that is about to be made. */
  add(script: Script, { id, farId }: { id: string; farId: string }): WitnessedCall {
    const nothing = { said: [], keys: [], takes: [], muted: [], reason: undefined };
    const not = { isPutThrough: false, isBridged: false, ended: false, gaveUp: false };
    const call: WitnessedCall = { script, id, farId, ...nothing, ...not };
    this.calls.push(call);
    this.#byChannel.set(id, call).set(farId, call).set(bridgeId(farId), call);
    return call;
  }

  /** Watches one of the telephones that the call rings, too: what is said there, and the keys that arrive. */
  addPhone(call: WitnessedCall, { id, farId }: { id: string; farId: string }): void {
    this.#byChannel.set(id, call).set(farId, call);
    this.#phones.add(farId);
  }

  /** Takes any event. */
  take(event: AriEvent): void {
    const target = event.playback?.target_uri ?? event.recording?.target_uri;
    const id = event.channel?.id ?? target?.replace(/^(channel|bridge):/, '') ?? '';
    const call = this.#byChannel.get(id);
    if (!call) return;
    const at = Date.parse(event.timestamp ?? '');
    this.#note(call, event, id, at);
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

  #note(call: WitnessedCall, event: AriEvent, id: string, at: number): void {
    const isOwners = this.#phones.has(id);
    const far = id === (call.isPutThrough ? call.id : call.farId);
    const { type, playback, recording, variable, value, digit } = event;
    // What the daemon plays is no such tone.
    const tone = /tone-(\d+)-/.exec(playback?.media_uri ?? '');
    if (type === 'PlaybackStarted' && playback && tone && !far && !isOwners) {
      const said = { hz: Number(tone[1]), from: at, channel: id };
      call.said.push(said);
      this.#playbacks.set(playback.id, said);
    } else if (type === 'PlaybackFinished' && playback) {
      end(this.#playbacks.get(playback.id), at);
      this.#playbacks.delete(playback.id);
    } else if (type === 'ChannelDtmfReceived' && (far || isOwners) && digit) {
      call.keys.push({ digit, at });
    } else if (type === 'RecordingStarted' && recording) {
      takeOf(call, recording.name).parts.push({ from: at });
    } else if (type === 'RecordingFinished' && recording) {
      end(takeOf(call, recording.name).parts.at(-1), at);
    } else if (type === 'ChannelDialplan' && far && event.dialplan_app === 'Record') {
      takeOf(call, undefined).parts.push({ from: at + BEEP_MS });
    } else if (type === 'ChannelVarset' && variable === 'BRIDGEPEER' && far && value) {
      if (!call.isBridged) this.#onBridge(bridgeId(id));
      call.isBridged = true;
    } else if (type === 'ChannelVarset' && variable === 'VMREASON') {
      call.reason = value;
    } else if (type === 'ChannelDestroyed') {
      for (const words of call.said) if (words.channel === id) end(words, at);
      if (id !== call.id && !far) return;
      call.ended = true;
      for (const { name, parts } of call.takes) if (!isConversation(name)) end(parts.at(-1), at);
    }
  }
}

/** The take that Asterisk is recording at the moment. */
export function live({ takes }: WitnessedCall): WitnessedTake | undefined {
  return takes.find(({ parts }) => parts.some(({ to }) => to === undefined));
}

/** Whether a recording is one of a conversation, and not a message, by its name. */
export function isConversation(name: string | undefined): boolean {
  return /^voicemail\/[^/]+\/Conversations\//.test(name ?? '');
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
