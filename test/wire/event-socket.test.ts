/** The events' WebSocket and a server that says anything, or nothing: it is survived, or lost and made again. */
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AriEvent } from '../../src/ari/ari-port.ts';
import { BackOff } from '../../src/ari/back-off.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const PING_MS = 5_000;
const channel = { id: '1700000000.1', name: 'PJSIP/101-1', creationtime: '2026-01-31T12:00:00.000+0000' };
const GOOD: AriEvent = { type: 'ChannelDtmfReceived', channel, digit: '5' };

let server: MisbehavingServer;
let kept: KeptConnection;
const next = vi.spyOn(BackOff.prototype, 'next');

beforeEach(async () => {
  next.mockReturnValue(1);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  server = new MisbehavingServer();
  await server.listen();
  kept = new KeptConnection(server);
  await kept.heard('connected');
});

afterEach(async () => {
  vi.useRealTimers();
  next.mockReset();
  await kept.close();
  await server.close();
});

/** A good event, sent now, is handled. */
async function expectHears(): Promise<void> {
  const before = kept.events.length;
  server.send(GOOD);
  await until('the event', () => kept.events.length > before);
  expect(kept.events.at(-1)).toEqual(GOOD);
}

test.for([
  ['text that is no JSON', 'hello'],
  ['half an event', '{"type":"StasisStart","channel":{'],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[{"type":"StasisStart"}]'],
  ['an event without a type', { channel }],
  ['an event of no event type', { type: 7 }],
  ['no text at all', ''],
  ['bytes', Buffer.from([0, 255, 128, 7])],
  ['a StasisStart without a channel', { type: 'StasisStart', args: [] }],
  ['a StasisStart without arguments', { type: 'StasisStart', channel }],
  ['a StasisStart with strange arguments', { type: 'StasisStart', channel, args: [null] }],
  ['a key that is none', { type: 'ChannelDtmfReceived', channel, digit: 5 }],
  ['the end of a playback of nothing', { type: 'PlaybackFinished', playback: null }],
  ['the end of a recording without a name', { type: 'RecordingFinished', recording: { state: 'done' } }],
] as const)('%s is one warning, and later events arrive', async ([, message]) => {
  server.send(message);
  await expectHears();
  expect(kept.lines).toEqual([expect.objectContaining({ level: 'warn', msg: 'Could not read an event' })]);
  expect(kept.events).toHaveLength(1);
  expect(kept.told).toEqual(['connected']);
});

test('an event of a type that nobody asked for is logged, and passed over', async () => {
  server.send({ type: 'SomethingNew', application: 'vm-record' });
  server.send({ type: 'ChannelVarset', channel: null });
  await expectHears();
  expect(kept.events).toHaveLength(1);
  const line = { level: 'debug', msg: 'Ignoring an unknown event' };
  expect(kept.lines).toEqual([
    expect.objectContaining({ ...line, event: 'SomethingNew' }),
    expect.objectContaining({ ...line, event: 'ChannelVarset' }),
  ]);
});

test('whoever listens may throw: it is logged, and the next event arrives', async () => {
  kept.onEvent = () => {
    throw new Error('a fault of ours');
  };
  await expectHears();
  await expectHears();
  const line = { level: 'error', msg: 'Could not handle an event', event: GOOD.type };
  expect(kept.lines).toEqual([expect.objectContaining(line), expect.objectContaining(line)]);
  expect(kept.told).toEqual(['connected']);
});

test.for([
  ['an opcode that does not exist', [0x8f, 0x00]],
  ['a masked frame', [0x81, 0x81, 0, 0, 0, 0, 0x20]],
  ['a frame of eight exabytes', [0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]],
  ['text that is no UTF-8', [0x81, 0x02, 0xc3, 0x28]],
] as const)('%s ends the connection at once, and it is made again', async ([, frame]) => {
  server.line?.pause(); // and so takes no part in a closing handshake
  server.line?.write(Buffer.from(frame));
  await kept.heard('connected', 2);
  expect(kept.told).toEqual(['connected', 'disconnected', 'connected']);
  await expectHears();
});

test('when another has taken the application over, that is the last thing told, and nothing is connected', async () => {
  server.send({ type: 'ApplicationReplaced', application: 'vm-record' });
  server.send({ type: 'ApplicationReplaced', application: 'vm-record' });
  await kept.over;
  expect(kept.told).toEqual(['connected', 'replaced']);
  expect(kept.events).toEqual([]);
  expect(server.eventSockets).toHaveLength(1);
});

test('a server that has stopped reading, and closes nothing, is found within 10 s', async () => {
  server.line?.pause();
  vi.advanceTimersByTime(PING_MS);
  expect(kept.told).toEqual(['connected']);
  vi.advanceTimersByTime(PING_MS);
  await kept.heard('connected', 2);
  expect(kept.told).toEqual(['connected', 'disconnected', 'connected']);
  await expectHears();
});

test('a server that says good-bye, and does not hang up, is found, too', async () => {
  const goodbye = [0x88, 0x02, 0x03, 0xe8];
  server.line?.removeAllListeners('data').resume().write(Buffer.from(goodbye));
  await until('it is lost', () => {
    vi.advanceTimersByTime(100);
    return kept.told.includes('disconnected');
  });
  await kept.heard('connected', 2);
});

test('a server that answers pings, and has nothing to say, is left alone for an hour', async () => {
  const events = server.eventSockets.at(-1);
  if (!events) throw new Error('not connected');
  for (let minutes = 0; minutes < 60; minutes += PING_MS / 60_000) {
    const asked = once(events, 'ping');
    vi.advanceTimersByTime(PING_MS);
    await asked;
    // Our own ping is answered after the server's answer to theirs has arrived.
    const read = once(events, 'pong');
    events.ping();
    await read;
  }
  expect(kept.told).toEqual(['connected']);
});

const refusal = (socket: { end(text: string): unknown }, status: string) =>
  socket.end(`HTTP/1.1 ${status}\r\n\r\n`);

test.for([
  ['is refused with 503', (socket) => refusal(socket, '503 Service Unavailable')],
  ['is answered as if it were an ordinary request', (socket) => refusal(socket, '200 OK')],
  [
    'is answered with a wrong key',
    (socket) => refusal(socket, '101 Switching Protocols\r\nUpgrade: websocket'),
  ],
  ['is answered by what is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
  ['is cut off', (socket) => socket.destroy()],
] as [string, NonNullable<MisbehavingServer['upgrade']>][])(
  'a handshake that %s is tried again',
  async ([, misbehave]) => {
    server.upgrade = (socket) => {
      if (server.times('GET /ari/events') === 4) server.upgrade = undefined;
      misbehave(socket);
    };
    server.eventSockets.at(-1)?.terminate();
    await kept.heard('connected', 2);
    expect(server.times('GET /ari/events')).toBe(5);
    expect(kept.complaints).toHaveLength(1);
    await expectHears();
  },
);

test.for([
  ['nothing', () => {}],
  ['a letter now and then', (say: (text: string) => void) => say('H')],
] as const)('a handshake that is answered by %s is given up after 5 s', async ([, dribble]) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  server.upgrade = (socket) => {
    socket.write('HTTP/1.1 101 ');
    const letters = setInterval(() => dribble((text) => void socket.write(text)), 1_000);
    socket.on('close', () => clearInterval(letters)).on('error', () => {});
  };
  server.eventSockets.at(-1)?.terminate();
  await kept.heard('disconnected');
  await until('the handshake', () => {
    vi.advanceTimersByTime(1);
    return server.times('GET /ari/events') === 2;
  });
  server.upgrade = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  await until('it is connected again', () => {
    vi.advanceTimersByTime(1);
    return kept.told.length === 3;
  });
  expect(kept.complaints).toEqual([expect.stringContaining('no answer within 5 s')]);
});
