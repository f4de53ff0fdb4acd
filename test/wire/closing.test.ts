/** A connection that we close is closed, whatever it was doing: no attempt, no timer and no socket is left. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { BackOff } from '../../src/ari/back-off.ts';
import { jsonAnswer } from '../support/hostile-server.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';
import { SILENCE } from '../support/misbehaviours.ts';

let server: MisbehavingServer;
let kept: KeptConnection;
const next = vi.spyOn(BackOff.prototype, 'next');

beforeEach(async () => {
  next.mockReturnValue(60_000);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  server = new MisbehavingServer();
  await server.listen();
});

afterEach(async () => {
  vi.useRealTimers();
  next.mockReset();
  await kept.close();
  await server.close();
});

async function expectNothingLeft(): Promise<void> {
  const told = [...kept.told];
  await kept.over;
  await until('no timer is left', () => vi.getTimerCount() === 0);
  await until('all sockets are closed', () => server.sockets.size === 0);
  const asked = server.asked.length;
  server.answer = () => undefined;
  // What is asked now would have been asked by the time that this is answered.
  await fetch(server.url, { headers: { connection: 'close' } });
  expect(server.asked).toHaveLength(asked + 1);
  expect(kept.told).toEqual(told);
}

test('while it waits for the next attempt', async () => {
  await server.close();
  kept = new KeptConnection(server);
  await until('the pause', () => next.mock.calls.length === 1 && vi.getTimerCount() === 1);
  await server.listen();
  kept.connection.close();
  await expectNothingLeft();
});

test.for([
  'GET /ari/asterisk/info',
  'GET /ari/api-docs/resources.json',
  'PUT /ari/applications/vm-record/eventFilter',
])('while it waits for the answer to %s', async (where) => {
  server.answer = (request) => (request === where ? SILENCE : undefined);
  kept = new KeptConnection(server);
  await until('the request', () => server.times(where) === 1);
  kept.connection.close();
  await expectNothingLeft();
  expect(kept.complaints).toEqual([]);
});

test('while ari-client waits for ever for a description of the API that has no resources', async () => {
  const where = 'GET /ari/api-docs/resources.json';
  server.answer = (request) =>
    request === where ? jsonAnswer({ swaggerVersion: '1.1', apis: [] }) : undefined;
  kept = new KeptConnection(server);
  await until('the request', () => server.times(where) === 1);
  for (let turns = 0; turns < 100; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  kept.connection.close();
  await expectNothingLeft();
});

test("while the events' WebSocket is being opened", async () => {
  server.upgrade = (socket) => void socket.resume().on('end', () => socket.end());
  kept = new KeptConnection(server);
  await until('the handshake', () => server.times('GET /ari/events') === 1);
  kept.connection.close();
  await expectNothingLeft();
});

test('while it is connected, with more operations under way than there are sockets', async () => {
  kept = new KeptConnection(server);
  await kept.heard('connected');
  server.answer = () => SILENCE;
  const operations = Array.from({ length: 200 }, (_, n) => kept.port.answer(`${n}`));
  const answers = () => server.asked.filter((request) => request.endsWith('/answer')).length;
  await until('31 requests', () => answers() === 31);
  kept.connection.close();
  for (const { status, reason } of (await Promise.allSettled(operations)) as PromiseRejectedResult[]) {
    expect(status).toBe('rejected');
    expect(reason).toBeInstanceOf(AriError);
  }
  await expectNothingLeft();
  expect(answers()).toBe(31);
});

test('only hung up, it hears nothing more, and its operations still work', async () => {
  kept = new KeptConnection(server);
  await kept.heard('connected');
  kept.connection.stopListening();
  await kept.over;
  await kept.port.answer('1');
  expect(kept.told).toEqual(['connected']);
  kept.connection.close();
  await expectNothingLeft();
});
