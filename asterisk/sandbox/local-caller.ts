/**
 * Scripted callers, and telephones that are called, on a real Asterisk: each is half of a Local channel, so that tests
 * and the demo need neither a phone nor SIP. The sandbox's dialplan has their contexts, `caller` and `phone`.
 */
import { join } from 'node:path';
import type { AriAccount } from './ari-http.ts';
import { AriLink } from './ari-link.ts';
import { LocalCaller } from './caller.ts';
import { CallerLeg } from './caller-leg.ts';
import { Phone } from './phone.ts';
import { toneFiles } from './tone-files.ts';

export type { LocalCaller, PressOptions, Talk } from './caller.ts';
export type { Phone, Refusal } from './phone.ts';

/** All scripted callers of one Asterisk. */
export interface Callers extends AsyncDisposable {
  /** Calls an extension of the context `default`; resolves when it has answered, rejects when it does not. */
  call(options: CallOptions): Promise<LocalCaller>;
  /** The same, and the caller is there while it rings, and can hang up then. */
  ring(options: CallOptions): { caller: LocalCaller; answered: Promise<void> };
  /** A telephone of this number: `Local/<number>@phone/n`. What it hears is in {@link heardBy} afterwards. */
  phone(number: string): Phone;
  /** Hangs up every caller that is left and disconnects. Safe to call again. */
  close(): Promise<void>;
}

export interface CallOptions {
  extension: string;
  /** Absolute path of a WAV file for all that this caller hears; complete once the caller's `ended` resolves. */
  heard?: string | undefined;
  /** What the extension finds set, by name. */
  variables?: Readonly<Record<string, string>>;
}

/** The events that a caller needs; Asterisk keeps the others to itself. */
export const CALLER_EVENTS = [
  'StasisStart',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'PlaybackStarted',
  'PlaybackFinished',
];

/** Where the sandbox's dialplan records what is heard on the telephone of that number. */
export function heardBy(number: string, { dir }: { dir: string }): string {
  return join(dir, `spool/phone-${number}.wav`);
}

/** Connects to a sandbox. Only one connection at a time: another takes the events away from it. */
export async function connectCallers(sandbox: { ari: AriAccount; dir: string }): Promise<Callers> {
  const link = await AriLink.connect(sandbox.ari, 'caller', CALLER_EVENTS);
  const toneFile = toneFiles(sandbox.dir);
  const legs = new Set<CallerLeg>();
  const phones = new Set<Phone>();
  const ring = ({ extension, heard, variables = {} }: CallOptions) => {
    const leg = new CallerLeg(link, heard);
    legs.add(leg);
    void leg.ended.then(() => legs.delete(leg));
    const answered = leg.dial(extension, { variables });
    answered.catch(() => undefined);
    return { caller: new LocalCaller(link, leg, toneFile), answered };
  };
  const close = async () => {
    try {
      await Promise.all([...legs].map((leg) => leg.hangup()));
      await Promise.all([...phones].map((phone) => phone.close()));
    } finally {
      await link.close();
    }
  };
  return {
    async call(options) {
      const { caller, answered } = ring(options);
      await answered;
      return caller;
    },
    ring,
    phone(number) {
      const phone = new Phone(link, number, heardBy(number, sandbox), toneFile);
      phones.add(phone);
      return phone;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
