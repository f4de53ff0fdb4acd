/** A connection that was lost is made again, for ever, and is then as good as the first. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BackOff } from '../../src/ari/back-off.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const FILTER = 'PUT /ari/applications/vm-record/eventFilter';
const EVENTS = 'GET /ari/events';

let server: MisbehavingServer;
let kept: KeptConnection;
const next = vi.spyOn(BackOff.prototype, 'next');
const reset = vi.spyOn(BackOff.prototype, 'reset');

beforeEach(async () => {
  next.mockReturnValue(1);
  server = new MisbehavingServer();
  await server.listen();
  kept = new KeptConnection(server);
  await kept.heard('connected');
});

afterEach(async () => {
  vi.useRealTimers();
  next.mockReset();
  reset.mockReset();
  await kept.close();
  await server.close();
});

test('each time that it is lost: connected again, with the event filter, and events arrive', async () => {
  for (let times = 2; times <= 13; times++) {
    server.eventSockets.at(-1)?.terminate();
    await kept.heard('connected', times);
    server.send({ type: 'PlaybackFinished', playback: { id: `${times}`, target_uri: '', state: 'done' } });
    await until('the event', () => kept.events.length === times - 1);
  }
  expect(server.times(FILTER)).toBe(13);
  expect(server.times('GET /ari/api-docs/resources.json')).toBe(1);
  expect(kept.told.filter((word) => word === 'disconnected')).toHaveLength(12);
  expect(kept.complaints).toEqual([]);
});

test('closed by Asterisk in good order, it is made again, too', async () => {
  server.eventSockets.at(-1)?.close(1001);
  await kept.heard('connected', 2);
  expect(kept.told).toEqual(['connected', 'disconnected', 'connected']);
});

test('Asterisk restarts: it is found again, and operations work', async () => {
  await server.close();
  await kept.heard('disconnected');
  await expect(kept.port.answer('1')).rejects.toThrow('ECONNREFUSED');
  await server.listen();
  await kept.heard('connected', 2);
  await kept.port.answer('1');
  expect(kept.told).toEqual(['connected', 'disconnected', 'connected']);
});

test('refused more often than ari-client would try, and then for another reason, it goes on', async () => {
  const refusals = [...Array<string>(15).fill('404 Not Found'), ...Array<string>(15).fill('503 Busy')];
  const told = kept.lines.length;
  server.upgrade = (socket) => void socket.end(`HTTP/1.1 ${refusals.shift()}\r\nContent-Length: 0\r\n\r\n`);
  server.eventSockets.at(-1)?.terminate();
  await until('30 attempts', () => refusals.length === 0);
  server.upgrade = undefined;
  await kept.heard('connected', 2);
  expect(server.times(EVENTS)).toBeGreaterThanOrEqual(32);
  expect(kept.complaints.slice(0, 2)).toEqual([
    "Asterisk refuses the events' WebSocket (404): is res_ari_events loaded?",
    "Asterisk refuses the events' WebSocket (503): is res_ari_events loaded?",
  ]);
  expect(kept.lines.length - told).toBe(kept.complaints.length);
});

test('no attempt is made before its pause is over', async () => {
  next.mockReturnValue(60_000);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const asked = server.asked.length;
  server.eventSockets.at(-1)?.terminate();
  await until('the pause', () => next.mock.calls.length === 1 && vi.getTimerCount() === 1);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(server.asked.length).toBe(asked);
  await vi.advanceTimersByTimeAsync(1);
  await kept.heard('connected', 2);
});

test('the pauses grow while connections do not last, and begin anew after one that did', async () => {
  const clock = vi.spyOn(Date, 'now');
  const now = Date.now();
  server.eventSockets.at(-1)?.terminate();
  await kept.heard('connected', 2);
  expect(reset).not.toHaveBeenCalled();
  clock.mockReturnValue(now + 120_000);
  server.eventSockets.at(-1)?.terminate();
  await kept.heard('connected', 3);
  clock.mockRestore();
  expect(reset).toHaveBeenCalledTimes(1);
});
