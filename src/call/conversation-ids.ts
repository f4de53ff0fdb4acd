/**
 * The ids of a conversation's legs and bridge: derived from the caller's channel id, so that the daemon's successor
 * finds them again, and knows the ones whose caller is gone. A leg can tell nothing else while it rings; once it is
 * answered, its arguments do, on whichever channel that is: a colleague who picks the call up answers on another.
 */

import { type CallOrigin, decode, encode, readOrigin, writeOrigin } from './call-origin.ts';

/** What StasisStart of a leg brings in place of a mailbox. */
const LEG_ARGUMENT = 'leg';

const LEG = /^(.+)-vm-leg[1-9]$/;
const BRIDGE = /^(.+)-vm-bridge$/;

/** @param n from 1 to 9: of two ids none may be the beginning of the other, or Asterisk refuses it */
export function legId(callerId: string, n: number): string {
  return `${callerId}-vm-leg${n}`;
}

export function bridgeId(callerId: string): string {
  return `${callerId}-vm-bridge`;
}

/** The caller's channel id, if this is the id of a leg; not of the far half of a Local channel, `<leg>;2`. */
export function callerOfLeg(channelId: string): string | undefined {
  return LEG.exec(channelId)?.[1];
}

/** The caller's channel id, if this is the id of a conversation's bridge. */
export function callerOfBridge(id: string): string | undefined {
  return BRIDGE.exec(id)?.[1];
}

/** What a leg hands over when it is answered, as originate's `appArgs`: which one it is, and whose. */
export function legArguments(id: string, origin: CallOrigin): string {
  return [LEG_ARGUMENT, encode(id), writeOrigin(origin)].join(',');
}

export interface AnsweredLeg {
  readonly legId: string;
  /** Nothing if a daemon of an older version has dialled. */
  readonly origin: CallOrigin | undefined;
}

/** The leg that was answered on this channel; nothing if it is none. */
export function readLeg(channelId: string, args: readonly string[]): AnsweredLeg | undefined {
  const [word, id = '', origin = ''] = args;
  const legId = word === LEG_ARGUMENT ? decode(id) : undefined;
  if (legId !== undefined && callerOfLeg(legId)) return { legId, origin: readOrigin(origin) };
  return callerOfLeg(channelId) ? { legId: channelId, origin: undefined } : undefined;
}
