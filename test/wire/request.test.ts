/** The stand-in for the npm package `request`: ari-client is called back once, or would wait for ever. */
import { createRequire } from 'node:module';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';

const require = createRequire(import.meta.url);
const request = require('request') as (url: string, callback: (error: unknown) => void) => void;

let server: Server | undefined;

afterEach(async () => {
  vi.useRealTimers();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
});

/** What the callback is told of a server that does so, each time that it is called. */
async function toldOf(listener: RequestListener): Promise<unknown[]> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    request(`http://127.0.0.1:${port}/`, (error) => {
      told.push(error);
      setImmediate(resolve);
    });
  });
  return told;
}

test('an answer, whatever it is, is no error', async () => {
  expect(await toldOf((_, response) => response.writeHead(401).end('x'))).toEqual([null]);
});

test.for([
  ['before it answers', (response) => response.socket?.resetAndDestroy()],
  [
    'in the middle of its answer',
    (response) => response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
  ],
] as [string, (response: Parameters<RequestListener>[1]) => void][])(
  'a server that breaks off %s is one error',
  async ([, breakOff]) => {
    expect(await toldOf((_, response) => breakOff(response))).toEqual([
      expect.objectContaining({ code: 'ECONNRESET' }),
    ]);
  },
);

test('a server that goes on and on is one error after ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const told = await toldOf((_, response) => {
    response.write('some', () => void vi.advanceTimersByTime(10_000));
  });
  expect(told).toEqual([expect.objectContaining({ code: expect.any(String) as string })]);
});
