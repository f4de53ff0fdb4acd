/**
 * A channel of the fake Asterisk, its caller, and how it is written in events and answers: as Asterisk 22 does, to the
 * byte but for names and times.
 */

/** Who calls, and what the caller does when it is heard that the time has come. */
export interface Caller {
  /** The recording has begun. */
  onRecording?(): void;
  /** The dialplan has been told that what is recorded is a message: the caller was heard. */
  onPromise?(): void;
  /** The message is being played. */
  onReview?(): void;
  onLeft?(): void;
}

export class FakeChannel {
  readonly id: string;
  readonly mailbox: string;
  readonly caller: Caller;
  readonly created = timestamp();
  readonly variables = new Map<string, string>();
  recording: string | undefined;
  playback: { readonly id: string; readonly media: string } | undefined;

  constructor(id: string, mailbox: string, caller: Caller) {
    this.id = id;
    this.mailbox = mailbox;
    this.caller = caller;
  }
}

/** As ARI writes it, `2026-01-31T12:00:00.000+0000`. */
export function timestamp(): string {
  return new Date().toISOString().replace('Z', '+0000');
}

/** How every event ends. */
export const FROM = { asterisk_id: '02:fc:00:00:00:01', application: 'vm-record' };
const NOBODY = { name: '', number: '' };

/** A playback, as events and answers show it. */
export function playback(
  { id: channelId }: FakeChannel,
  id: string,
  media_uri: string,
  state: string,
): object {
  return { id, media_uri, target_uri: `channel:${channelId}`, language: 'en', state };
}

/** A recording that is being made, or has ended just now. */
export function recording({ id }: FakeChannel, name: string, state: string): object {
  return { name, format: 'wav', state, target_uri: `channel:${id}` };
}

/** The part of an event that says which channel it is about. */
export function about({ id, mailbox, created }: FakeChannel, state = 'Up'): object {
  const dialplan = { context: 'default', exten: mailbox, priority: 2, ...stasis(mailbox) };
  const ends = { caller: NOBODY, connected: NOBODY, accountcode: '' };
  const it = { id, name: `PJSIP/phone-${id}`, state, protocol_id: `${id}@127.0.0.1`, ...ends, dialplan };
  return { channel: { ...it, creationtime: created, language: 'en' }, ...FROM };
}

const stasis = (mailbox: string) => ({ app_name: 'Stasis', app_data: `vm-record,${mailbox}` });
