/** HTTP to Asterisk, with real sockets and servers that misbehave: every request settles, with a clear error. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { HttpClient } from '../../src/ari/http.ts';

let client: HttpClient;
let server: Server | undefined;

beforeEach(() => {
  client = new HttpClient();
});

afterEach(async () => {
  vi.useRealTimers();
  client.close();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const get = (url: string) => client.send({ method: 'get', url, headers: {} });

test('answers with status and body', async () => {
  const url = await serve((request, response) => {
    response.statusCode = 404;
    response.end(`${request.method} ${request.url}`);
  });
  const { status, data } = await get(`${url}/ari/x?y=1`);
  expect({ status, body: data.toString() }).toEqual({ status: 404, body: 'GET /ari/x?y=1' });
});

test('sends a body with its length', async () => {
  const url = await serve((request, response) => {
    void request.toArray().then((chunks) => response.end(Buffer.concat(chunks as Buffer[])));
  });
  const { data } = await client.send({ method: 'POST', url, headers: {}, body: '{"é":1}' });
  expect(data.toString()).toBe('{"é":1}');
});

test('a server that says nothing is given up after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const url = await serve(() => void vi.advanceTimersByTime(5_000));
  await expect(get(`${url}/ari/channels?api_key=secret`)).rejects.toThrow(
    new AriError('get /ari/channels: no answer within 5 s'),
  );
});

test.for([
  ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
  [
    'closes in the middle of the body',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  ],
  ['does not speak HTTP', (socket: Socket) => socket.end('hello\r\n\r\n')],
] as const)('a server that %s is an AriError without a status', async ([, misbehave]) => {
  const url = await serve((request) => misbehave(request.socket));
  const error: unknown = await get(url).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AriError);
  expect(error).toMatchObject({ status: undefined, isGone: false });
});

test('nothing listening is an AriError that says so', async () => {
  const url = await serve(() => {});
  const gone = server;
  server = undefined;
  await new Promise((resolve) => gone?.close(resolve));
  await expect(get(url)).rejects.toThrow(/ECONNREFUSED/);
});

test('opens no more than 32 sockets, and every request is answered', async () => {
  let open = 0;
  let most = 0;
  const url = await serve((_, response) => {
    setImmediate(() => response.end('ok'));
  });
  server?.on('connection', (socket) => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });
  const answers = await Promise.all(Array.from({ length: 200 }, () => get(url)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(most).toBeLessThanOrEqual(32);
});

test('an answer without end is given up before it fills the memory', async () => {
  const url = await serve((_, response) => {
    const megabytes = Buffer.alloc(8_000_000);
    const pour = () => {
      while (!response.destroyed && response.write(megabytes));
    };
    response.on('drain', pour);
    pour();
  });
  await expect(get(`${url}/x`)).rejects.toThrow(new AriError('get /x: an answer without end'));
});

describe('idle', () => {
  /** Longer than any of these tests. */
  const LONG_MS = 60_000;

  test('is at once where nothing is under way', async () => {
    await client.idle(LONG_MS);
    const url = await serve((_, response) => response.end());
    await get(url);
    await client.idle(LONG_MS);
  });

  test('waits for the answer of what is under way, and of what follows from it', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end(), 20));
    const done: string[] = [];
    const both = get(url)
      .then(() => done.push('first'))
      .then(async () => {
        for (let step = 0; step < 100; step++) await Promise.resolve();
        return get(url);
      })
      .then(() => done.push('second'));
    await client.idle(LONG_MS);
    expect(done).toEqual(['first', 'second']);
    await both;
  });

  test('waits for one that fails as for any other', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    let failed = false;
    void get(url).catch(() => (failed = true));
    await client.idle(LONG_MS);
    expect(failed).toBe(true);
  });

  test('does not wait longer than it is told to', async () => {
    const url = await serve(() => {});
    const answer = get(url);
    await client.idle(30);
    client.close();
    await expect(answer).rejects.toBeInstanceOf(AriError);
  });

  test('does not wait for one that begins again and again', async () => {
    const url = await serve((_, response) => response.end());
    let goesOn = true;
    const loop = (async () => {
      while (goesOn) await get(url);
    })();
    await client.idle(30);
    goesOn = false;
    await loop;
  });
});
