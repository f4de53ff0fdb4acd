/**
 * A connection that never dies quietly: whatever Asterisk does while it is being connected to, it is tried again
 * until it works. (Without src/ari, most of this ends ari-client's process, or is waited for without end.)
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BackOff } from '../../src/ari/back-off.ts';
import { EVENT_TYPES } from '../../src/ari/ari-event.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';
import { BAD_JSON, BROKEN, ERRORS, SILENCE } from '../support/misbehaviours.ts';

const INFO = 'GET /ari/asterisk/info';
const RESOURCES = 'GET /ari/api-docs/resources.json';
const CHANNELS = 'GET /ari/api-docs/channels.json';
const FILTER = 'PUT /ari/applications/vm-record/eventFilter';
const ANSWER_LIMIT_MS = 5_000;

let server: MisbehavingServer;
let kept: KeptConnection | undefined;
const pauses = vi.spyOn(BackOff.prototype, 'next');

beforeEach(async () => {
  pauses.mockReturnValue(1);
  server = new MisbehavingServer();
  await server.listen();
});

afterEach(async () => {
  vi.useRealTimers();
  pauses.mockReset();
  await kept?.close();
  kept = undefined;
  await server.close();
});

/** It is connected, and operations work. */
async function expectConnected(it: KeptConnection): Promise<void> {
  await it.heard('connected');
  expect(it.told).toEqual(['connected']);
  await it.port.answer('1700000000.1');
  expect(server.asked.at(-1)).toBe('POST /ari/channels/1700000000.1/answer');
}

const broken = { ...ERRORS, ...BROKEN };
const cases = [INFO, RESOURCES, CHANNELS, FILTER]
  .flatMap((where) =>
    Object.entries(where.includes('api-docs') ? { ...broken, 'bad JSON': BAD_JSON } : broken).map(
      ([what, answer]) => [what, where, answer] as const,
    ),
  )
  .filter(([what, where]) => !(what === '404' && where === FILTER));

test('an Asterisk that does not know event filters sends more, and is good enough', async () => {
  server.answer = (path) => (path === FILTER ? ERRORS['404'] : undefined);
  kept = new KeptConnection(server);
  await expectConnected(kept);
  expect(kept.lines.map(({ msg }) => msg)).toEqual([
    'Asterisk does not filter events: it sends more than is used',
  ]);
});

test.for(cases)('%s to %s is tried again until it is over', async ([, where, answer]) => {
  server.answer = (request) => (request === where && server.times(where) <= 3 ? answer : undefined);
  kept = new KeptConnection(server);
  await expectConnected(kept);
  expect(server.times(where)).toBe(4);
  expect(kept.complaints).toHaveLength(1);
});

test.for([INFO, RESOURCES, CHANNELS, FILTER])(
  'no answer to %s is given up, and tried again',
  async (where) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    server.answer = (request) => (request === where && server.times(where) === 1 ? SILENCE : undefined);
    kept = new KeptConnection(server);
    await until('the request', () => server.times(where) === 1);
    await vi.advanceTimersByTimeAsync(ANSWER_LIMIT_MS);
    await until('the next request', () => {
      vi.advanceTimersByTime(1); // the pause
      return server.times(where) === 2;
    });
    await expectConnected(kept);
    expect(kept.complaints).toEqual([expect.stringContaining('no answer within 5 s')]);
  },
);

test('refused more often than ari-client would try, it goes on', async () => {
  await server.close();
  kept = new KeptConnection(server);
  await until('15 attempts', () => pauses.mock.calls.length >= 15);
  expect(kept.told).toEqual([]);
  await server.listen();
  await expectConnected(kept);
  expect(kept.complaints).toEqual([expect.stringContaining('ECONNREFUSED')]);
});

test('a booting Asterisk is followed: refused, 404, 503, and at last 200, with one warning for each', async () => {
  await server.close();
  kept = new KeptConnection(server);
  await until('3 attempts', () => pauses.mock.calls.length >= 3);
  const boot = ['404', '404', '404', '503', '503', '503'].map((status) => ERRORS[status]);
  server.answer = () => boot.shift();
  await server.listen();
  await expectConnected(kept);
  expect(kept.complaints).toEqual([
    expect.stringContaining('nothing answers at ARI_URL'),
    expect.stringContaining('answers 404'),
    expect.stringContaining('answers 503'),
  ]);
  expect(kept.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
});

test('a connection that failed at the event filter leaves no WebSocket behind', async () => {
  server.answer = (request) => (request === FILTER && server.times(FILTER) <= 3 ? ERRORS['500'] : undefined);
  kept = new KeptConnection(server);
  await kept.heard('connected');
  expect(server.eventSockets).toHaveLength(4);
  await until(
    'three are closed',
    () => server.eventSockets.filter((it) => it.readyState === WebSocket.CLOSED).length === 3,
  );
});

test('Asterisk is asked for the events that are read, and for no others', async () => {
  kept = new KeptConnection(server);
  await kept.heard('connected');
  expect(JSON.parse(server.bodies.get(FILTER) ?? '')).toEqual({
    allowed: EVENT_TYPES.map((type) => ({ type })),
  });
});

test('nothing is printed while the description of the API is read', async () => {
  const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(console, 'log')];
  kept = new KeptConnection(server);
  await kept.heard('connected');
  for (const print of printed) {
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  }
});
