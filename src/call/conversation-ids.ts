/**
 * The ids of a conversation's legs and bridge: derived from the caller's channel id, so that the daemon's successor
 * finds them again, and knows the ones whose caller is gone. A leg can tell nothing else while it rings.
 */

/** What StasisStart of a leg brings in place of a mailbox. */
export const LEG_ARGUMENT = 'leg';

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
