/** What comes over the events' WebSocket: read, and checked, before anybody relies on it. */
import type { AriEvent } from './ari-port.ts';

/** The types that the daemon asks Asterisk for. `ApplicationReplaced` is about the connection, the others about calls. */
export const EVENT_TYPES = [
  'StasisStart',
  'StasisEnd',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'ChannelTalkingStarted',
  'ChannelTalkingFinished',
  'PlaybackFinished',
  'RecordingStarted',
  'RecordingFinished',
  'RecordingFailed',
  'ApplicationReplaced',
] as const satisfies readonly (AriEvent['type'] | 'ApplicationReplaced')[];

export type Message = AriEvent | { readonly type: 'ApplicationReplaced' };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one message.
 * @param onUnknown told of a type that nobody asked for
 * @returns nothing then
 * @throws Error saying what is wrong with it
 */
export function readMessage(json: string, onUnknown: (type: string) => void): Message | undefined {
  const message: unknown = JSON.parse(json);
  if (!isObject(message) || typeof message['type'] !== 'string') throw new Error('not an event');
  const { type } = message;
  if (!EVENT_TYPES.some((known) => known === type)) {
    onUnknown(type);
    return undefined;
  }
  if (!isWhole(type, message)) throw new Error(`${type} lacks what it is about`);
  return message as unknown as Message;
}

/** Whether all fields are there that AriEvent promises. */
function isWhole(type: string, event: Fields): boolean {
  switch (type) {
    case 'ApplicationReplaced':
      return true;
    case 'PlaybackFinished':
      return hasStrings(event['playback'], 'id', 'target_uri', 'state');
    case 'RecordingStarted':
    case 'RecordingFinished':
    case 'RecordingFailed':
      return hasStrings(event['recording'], 'name', 'target_uri', 'state') && hasDuration(event['recording']);
  }
  if (!hasStrings(event['channel'], 'id', 'name', 'creationtime')) return false;
  if (type === 'ChannelDtmfReceived') return typeof event['digit'] === 'string';
  if (type !== 'StasisStart') return true;
  const { args, replace_channel: replaced } = event;
  if (replaced !== undefined && !hasStrings(replaced, 'id')) return false;
  return Array.isArray(args) && args.every((arg) => typeof arg === 'string');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function hasStrings(value: unknown, ...names: string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'string');
}

function hasDuration(recording: unknown): boolean {
  return isObject(recording) && ['number', 'undefined'].includes(typeof recording['duration']);
}
