/**
 * Scripted callers on a real Asterisk: each is half of a Local channel, so that tests and the demo need neither a
 * phone nor SIP. The sandbox's dialplan has their context, `caller`.
 */
import type { AriAccount } from './ari-http.ts';
import { AriLink } from './ari-link.ts';
import { LocalCaller } from './caller.ts';
import { Leg } from './leg.ts';
import { toneFiles } from './tone-files.ts';

export type { LocalCaller, PressOptions, Talk } from './caller.ts';

/** All scripted callers of one Asterisk. */
export interface Callers extends AsyncDisposable {
  /** Calls an extension of the context `default`; resolves when it has answered, rejects when it does not. */
  call(options: CallOptions): Promise<LocalCaller>;
  /** Hangs up every caller that is left and disconnects. Safe to call again. */
  close(): Promise<void>;
}

export interface CallOptions {
  extension: string;
  /** Absolute path of a WAV file for all that this caller hears; complete once the caller's `ended` resolves. */
  heard?: string | undefined;
}

/** The events that a caller needs; Asterisk keeps the others to itself. */
export const CALLER_EVENTS = [
  'StasisStart',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'PlaybackStarted',
  'PlaybackFinished',
];

/** Connects to a sandbox. Only one connection at a time: another takes the events away from it. */
export async function connectCallers(sandbox: { ari: AriAccount; dir: string }): Promise<Callers> {
  const link = await AriLink.connect(sandbox.ari, 'caller', CALLER_EVENTS);
  const toneFile = toneFiles(sandbox.dir);
  const legs = new Set<Leg>();
  const close = async () => {
    try {
      await Promise.all([...legs].map((leg) => leg.hangup()));
    } finally {
      await link.close();
    }
  };
  return {
    async call({ extension, heard }) {
      const leg = new Leg(link, heard);
      legs.add(leg);
      void leg.ended.then(() => legs.delete(leg));
      await leg.dial(extension);
      return new LocalCaller(link, leg, toneFile);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
