/**
 * Where a call stands, noted in a channel variable together with the result: all that a daemon which takes the
 * call up later could not find out from the channel and the recordings.
 */
import { type CallOrigin, readOrigin, writeOrigin } from './call-origin.ts';
import { isReason, type Reason } from './call-result.ts';

export const STANDING_VARIABLE = 'VM_STATE';

const STATES = [
  'dialing',
  'conversing',
  'muted',
  'taking',
  'paused',
  'reviewing',
  'copying',
  'ending',
  'left',
] as const;

/**
 * `taking` = a take is about to be made, being made, or being heard, and which of them, the recording tells. The
 * others are the states of their names, and a pause; `muted` is conversing while silence is recorded, which Asterisk
 * does not tell of; in both, the reason is `conversation` as soon as caller and owner are in the bridge. `left` = the
 * channel goes on in the dialplan; if it comes again, what is there is of an earlier call.
 */
export type StandingState = (typeof STATES)[number];

export interface Standing {
  readonly state: StandingState;
  /** Why the call ends, once it does. */
  readonly reason: Reason;
  /** Name of the take that was the message before; of the latest recording that was kept of a conversation. */
  readonly stored: string | undefined;
  /** Name of the take, or of the recording, that is being made. */
  readonly take: string | undefined;
  /** What the call is known by; nothing if a daemon of an older version has noted it. */
  readonly origin: CallOrigin | undefined;
}

/** Whether the caller has not been asked for a message yet. */
export function isBeforeMessage(state: StandingState): boolean {
  return state === 'dialing' || state === 'conversing' || state === 'muted';
}

/** No part has a colon or a comma: the variables are set all at once, with commas between. */
export function writeStanding({ state, reason, stored = '', take = '', origin }: Standing): string {
  return [state, reason, stored, take, ...(origin ? [writeOrigin(origin)] : [])].join(':');
}

/** @returns nothing if it is not what {@link writeStanding} wrote */
export function readStanding(text: string): Standing | undefined {
  const [state, reason, stored, take, ...more] = text.split(':');
  if (!isState(state) || !isReason(reason) || stored === undefined || take === undefined) return undefined;
  const origin = more.length > 0 ? readOrigin(more.join(':')) : undefined;
  if (more.length > 0 && !origin) return undefined;
  return { state, reason, stored: stored || undefined, take: take || undefined, origin };
}

function isState(word: string | undefined): word is StandingState {
  return STATES.some((state) => state === word);
}
