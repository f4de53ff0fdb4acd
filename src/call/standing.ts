/**
 * Where a call stands, noted in a channel variable together with the result: all that a daemon which takes the
 * call up later could not find out from the channel and the recordings.
 */
import { type CallOrigin, readOrigin, writeOrigin } from './call-origin.ts';
import { isReason, type Reason } from './call-result.ts';
import type { NoteSeal } from './note-seal.ts';

export const STANDING_VARIABLE = 'VM_STATE';

/** Between the colons of what {@link writeOrigin} writes. */
const ORIGIN_PARTS = 3;

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
export function writeStanding(
  { state, reason, stored = '', take = '', origin }: Standing,
  seal: NoteSeal,
): string {
  const note = [state, reason, stored, take, ...(origin ? [writeOrigin(origin)] : [])].join(':');
  return origin ? `${note}:${seal.of(note)}` : note;
}

/** A note as it was found. */
export interface FoundStanding {
  readonly standing: Standing;
  /** Whether a daemon with the same ARI password has written it; those of older versions have no seal. */
  readonly isSealed: boolean;
}

/** @returns nothing if it is not what {@link writeStanding} wrote, or an older version */
export function readStanding(text: string, seal: NoteSeal): FoundStanding | undefined {
  const [state, reason, stored, take, ...more] = text.split(':');
  if (!isState(state) || !isReason(reason) || stored === undefined || take === undefined) return undefined;
  const parts = more.slice(0, ORIGIN_PARTS);
  const origin = more.length > 0 ? readOrigin(parts.join(':')) : undefined;
  if ((more.length > 0 && !origin) || more.length > ORIGIN_PARTS + 1) return undefined;
  const sealed = more[ORIGIN_PARTS];
  const isSealed = sealed !== undefined && seal.fits(text.slice(0, -sealed.length - 1), sealed);
  return {
    standing: { state, reason, stored: stored || undefined, take: take || undefined, origin },
    isSealed,
  };
}

function isState(word: string | undefined): word is StandingState {
  return STATES.some((state) => state === word);
}
