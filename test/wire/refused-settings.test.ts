/**
 * Settings that Asterisk does not accept: said once, clearly, and nothing is tried any more; unless it accepted them
 * before, for then it may be somebody else who answers.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BackOff } from '../../src/ari/back-off.ts';
import { jsonAnswer } from '../support/hostile-server.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const UNAUTHORIZED = jsonAnswer({ message: 'Authentication required' }, 401);

let server: MisbehavingServer;
let kept: KeptConnection;
const next = vi.spyOn(BackOff.prototype, 'next');

beforeEach(async () => {
  next.mockReturnValue(1);
  server = new MisbehavingServer();
  await server.listen();
});

afterEach(async () => {
  next.mockReset();
  await kept.close();
  await server.close();
});

const wrongPassword = () =>
  `refused: AriSettingsError: Asterisk at ${server.url} refuses ARI_USERNAME and ARI_PASSWORD: they must equal a user in its ari.conf (a password with # needs quotes in .env, and one with ; a backslash before it in ari.conf)`;

/** It has ended by itself, and neither a socket nor an attempt is left. */
async function expectOver(told: string[]): Promise<void> {
  await kept.over;
  expect(kept.told).toEqual(told);
  expect(kept.complaints).toEqual([]);
  await expect(kept.port.answer('1')).rejects.toThrow();
  await vi.waitFor(() => expect(server.sockets.size).toBe(0));
}

test('a wrong password is said once, after one request', async () => {
  server.answer = () => UNAUTHORIZED;
  kept = new KeptConnection(server);
  await expectOver([wrongPassword()]);
  expect(server.asked).toEqual(['GET /ari/asterisk/info']);
  expect(next).not.toHaveBeenCalled();
});

test("a wrong password that only the events' WebSocket notices is said once", async () => {
  server.upgrade = (socket) => void socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  kept = new KeptConnection(server);
  await expectOver([wrongPassword()]);
  expect(next).not.toHaveBeenCalled();
});

test('after one accepted login a refusal is one warning, and is tried until it is accepted again', async () => {
  kept = new KeptConnection(server);
  await kept.heard('connected');
  server.answer = () => UNAUTHORIZED;
  const asked = server.asked.length;
  server.eventSockets.at(-1)?.terminate();
  await until('ten attempts', () => server.asked.length >= asked + 10);
  expect(kept.complaints).toEqual([wrongPassword().replace('refused: AriSettingsError: ', '')]);
  server.answer = () => undefined;
  await kept.heard('connected', 2);
  expect(kept.told).toEqual(['connected', 'disconnected', 'connected']);
});

test('a user who may only read is said once', async () => {
  server.answer = (request) =>
    request.startsWith('PUT ') ? jsonAnswer({ message: 'Write access denied' }, 403) : undefined;
  kept = new KeptConnection(server);
  await expectOver([
    `refused: AriSettingsError: Asterisk at ${server.url} lets ARI_USERNAME only read: its user in ari.conf must not have read_only=yes`,
  ]);
  expect(next).not.toHaveBeenCalled();
});
