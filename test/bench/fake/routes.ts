/** ARI's requests, and what the fake Asterisk answers to each. */
import { type Answer, type FakeAsterisk, NO_CHANNEL, NO_CONTENT, NO_RECORDING } from './asterisk.ts';
import type { FakeChannel } from './channel.ts';

export interface Request {
  readonly method: string;
  /** The parts of the path behind `/ari`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

type Handler = (asterisk: FakeAsterisk, request: Request) => Answer;

const ok = (body: object): Answer => ({ status: 200, body });
const list = (names: Iterable<string>) => [...names].map((name) => ({ name, format: 'wav' }));

/** A recording whose header is whole; nobody listens to it. */
const WAV = Buffer.alloc(44 + 2 * 8_000);
WAV.write('RIFF', 0);
WAV.writeUInt32LE(WAV.length - 8, 4);
WAV.write('WAVEfmt ', 8);
WAV.writeUInt32LE(16, 16);
WAV.writeUInt16LE(1, 20);
WAV.writeUInt16LE(1, 22);
WAV.writeUInt32LE(8_000, 24);
WAV.writeUInt32LE(16_000, 28);
WAV.writeUInt16LE(2, 32);
WAV.writeUInt16LE(16, 34);
WAV.write('data', 36);
WAV.writeUInt32LE(WAV.length - 44, 40);

/** By method and path; what differs from call to call is a star. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET asterisk/info': ({ startedAt }) =>
    ok({ status: { startup_time: startedAt, last_reload_time: startedAt } }),
  'GET asterisk/variable': () => ok({ value: '' }),
  'POST asterisk/variable': (asterisk, { query }) => {
    asterisk.setVariables(query.get('variable') ?? '', query.get('value') ?? '');
    return NO_CONTENT;
  },
  'GET asterisk/modules/*': (_, { path }) => ok({ name: path[2], status: 'Running' }),
  'GET applications/*': ({ channels }) => ok({ name: 'vm-record', channel_ids: [...channels.keys()] }),
  'PUT applications/*/eventFilter': () => ok({ name: 'vm-record' }),
  'POST channels/*/answer': onChannel(() => NO_CONTENT),
  'POST channels/*/play/*': onChannel((asterisk, channel, { path, query }) =>
    asterisk.play(channel, path[3] ?? '', query.get('media') ?? ''),
  ),
  'POST channels/*/record': onChannel((asterisk, channel, { query }) =>
    asterisk.record(channel, query.get('name') ?? ''),
  ),
  'DELETE channels/*': onChannel((asterisk, channel) => asterisk.hangup(channel)),
  'DELETE playbacks/*': (asterisk, { path }) => asterisk.stopPlayback(path[1] ?? ''),
  'POST recordings/live/*/stop': (asterisk, { path }) => asterisk.endRecording(path[2] ?? '', true),
  'DELETE recordings/live/*': (asterisk, { path }) => asterisk.endRecording(path[2] ?? '', false),
  'GET recordings/live/*': ({ live }, { path }) => {
    const name = path[2] ?? '';
    return live.has(name) ? ok({ name, format: 'wav', state: 'recording' }) : NO_RECORDING;
  },
  'GET recordings/stored': ({ stored, live }) => ok([...list(stored), ...list(live.keys())]),
  'GET recordings/stored/*': ({ stored, live }, { path }) => {
    const name = path[2] ?? '';
    return stored.has(name) || live.has(name) ? ok({ name, format: 'wav' }) : NO_RECORDING;
  },
  'DELETE recordings/stored/*': ({ stored }, { path }) =>
    stored.delete(path[2] ?? '') ? NO_CONTENT : NO_RECORDING,
  'GET recordings/stored/*/file': ({ stored }, { path }) =>
    stored.has(path[2] ?? '') ? ok(WAV) : NO_RECORDING,
  'GET mailboxes': ({ lamps }) =>
    ok([...lamps].map(([name, new_messages]) => ({ name, old_messages: 0, new_messages }))),
  'PUT mailboxes/*': ({ lamps }, { path, query }) => {
    lamps.set(path[1] ?? '', Number(query.get('newMessages')));
    return NO_CONTENT;
  },
};

export function answer(asterisk: FakeAsterisk, request: Request): Answer {
  const handler = HANDLERS[keyOf(request)];
  return handler?.(asterisk, request) ?? { status: 404, body: { message: 'Resource not found' } };
}

/** As in {@link HANDLERS}. */
export function keyOf({ method, path }: Request): string {
  const [resource = ''] = path;
  const isKind = (part: string, i: number) =>
    i === 0 || (i === 1 && (resource === 'asterisk' || resource === 'recordings')) || VERBS.has(part);
  return `${method} ${path.map((part, i) => (isKind(part, i) ? part : '*')).join('/')}`;
}

const VERBS = new Set(['answer', 'variable', 'play', 'record', 'stop', 'file', 'eventFilter']);

type ChannelHandler = (asterisk: FakeAsterisk, channel: FakeChannel, request: Request) => Answer;

function onChannel(handler: ChannelHandler): Handler {
  return (asterisk, request) => {
    const channel = asterisk.channels.get(request.path[1] ?? '');
    return channel ? handler(asterisk, channel, request) : NO_CHANNEL;
  };
}
