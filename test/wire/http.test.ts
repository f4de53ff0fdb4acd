/** HTTP to Asterisk, with real sockets and servers that misbehave: every request settles, with a clear error. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { HttpClient } from '../../src/ari/http.ts';

let client: HttpClient;
let server: Server | undefined;

beforeEach(() => {
  // Until a server is there: nothing listens at port 1.
  client = new HttpClient('http://127.0.0.1:1', '');
});

afterEach(async () => {
  vi.useRealTimers();
  client.close();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
});

/** The client's requests go there. */
async function serve(listener: RequestListener): Promise<void> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`, 'Basic YTpi');
}

const get = (path = '/') => client.send({ method: 'GET', path });

test('answers with status and body', async () => {
  await serve((request, response) => {
    response.statusCode = 404;
    response.end(`${request.method} ${request.url}`);
  });
  const { status, data } = await get('/ari/x?y=1');
  expect({ status, body: data.toString() }).toEqual({ status: 404, body: 'GET /ari/x?y=1' });
});

test('sends a body with its length', async () => {
  await serve((request, response) => {
    void request.toArray().then((chunks) => response.end(Buffer.concat(chunks as Buffer[])));
  });
  const { data } = await client.send({ method: 'POST', path: '/', body: '{"é":1}' });
  expect(data.toString()).toBe('{"é":1}');
});

test('reads an answer that comes in many pieces byte by byte as it was sent', async () => {
  const sent = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, n) => n).buffer);
  await serve((_, response) => void response.end(sent));
  const { data } = await get();
  expect(data.equals(sent)).toBe(true);
});

test('a server that says nothing is given up after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await serve(() => void vi.advanceTimersByTime(5_000));
  await expect(get('/ari/channels?api_key=secret')).rejects.toThrow(
    new AriError('GET /ari/channels: no answer within 5 s'),
  );
});

test.for([
  ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
  [
    'closes in the middle of the body',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  ],
  [
    'says that a body has less than no bytes',
    (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: -1e12\r\n\r\nx'),
  ],
  [
    'says that a part of the body has less than no bytes',
    (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-ffffffffff\r\nx'),
  ],
  [
    'says a length that is no number',
    (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\nx'),
  ],
  ['does not speak HTTP', (socket: Socket) => socket.end('hello\r\n\r\n')],
] as const)('a server that %s is an AriError without a status', async ([, misbehave]) => {
  await serve((request) => misbehave(request.socket));
  const error: unknown = await get().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AriError);
  expect(error).toMatchObject({ status: undefined, isGone: false });
});

test('nothing listening is an AriError that says so', async () => {
  await serve(() => {});
  const gone = server;
  server = undefined;
  await new Promise((resolve) => gone?.close(resolve));
  await expect(get()).rejects.toThrow(/ECONNREFUSED/);
});

test('opens no more than 32 sockets, and every request is answered', async () => {
  let open = 0;
  let most = 0;
  await serve((_, response) => {
    setImmediate(() => response.end('ok'));
  });
  server?.on('connection', (socket) => {
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
  });
  const answers = await Promise.all(Array.from({ length: 200 }, () => get()));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(most).toBeLessThanOrEqual(32);
});

test('an answer without end is given up before it fills the memory', async () => {
  await serve((_, response) => {
    const megabytes = Buffer.alloc(8_000_000);
    const pour = () => {
      while (!response.destroyed && response.write(megabytes));
    };
    response.on('drain', pour);
    pour();
  });
  await expect(get('/x')).rejects.toThrow(new AriError('GET /x: an answer without end'));
});

test.for<[string, string, string]>([
  ['chunks of one byte', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
  ['chunk extensions', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', 'x=y;'],
  ['trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'X: y\r\n'],
  ['headers', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'],
  ['interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('%s without end are given up long before they fill the memory', async ([, head, again]) => {
  let poured = 0;
  const piece = Buffer.from(again.repeat(10_000));
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(head);
      const pour = () => {
        while (!socket.destroyed && socket.write(piece)) poured += piece.length;
        poured += piece.length;
      };
      socket.on('drain', pour);
      pour();
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const client = new HttpClient(`http://127.0.0.1:${port}`, '');
  const before = process.memoryUsage().rss;
  await expect(client.send({ method: 'GET', path: '/x' })).rejects.toThrow(AriError);
  // What is on its way in the system's buffers counts, too.
  expect(poured).toBeLessThan(16_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  client.close();
  await new Promise((resolve) => tcp.close(resolve));
});

describe('a connection', () => {
  /** Servers of this block speak in raw bytes: an answer to each request. */
  async function answering(...answers: readonly string[]): Promise<{ connections: number; close(): void }> {
    const sockets: Socket[] = [];
    const tcp = createTcpServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.on('data', () => void socket.write(answers[asked++ % answers.length] ?? ''));
    });
    let asked = 0;
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    client = new HttpClient(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`, '');
    onTestFinished(
      () =>
        new Promise<void>((resolve) => (sockets.forEach((it) => it.destroy()), tcp.close(() => resolve()))),
    );
    return {
      get connections() {
        return sockets.length;
      },
      close: () => sockets.forEach((it) => it.end()),
    };
  }

  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const bodies = async (n: number) => {
    const all: string[] = [];
    for (let i = 0; i < n; i++) all.push((await get()).data.toString());
    return all;
  };

  test('is kept for the next request, however the answer says how long it is', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nch\r\n4\r\nunks\r\n0\r\n\r\n';
    const server = await answering(OK, 'HTTP/1.1 204 No Content\r\n\r\n', chunked, OK);
    expect(await bodies(4)).toEqual(['ok', '', 'chunks', 'ok']);
    expect(server.connections).toBe(1);
  });

  test('is not kept if the server will close it, and the next request has another', async () => {
    const last = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast';
    const server = await answering(last);
    expect(await bodies(2)).toEqual(['last', 'last']);
    expect(server.connections).toBe(2);
  });

  test('that the server closes while it is quiet is not used again', async () => {
    const server = await answering(OK);
    await get();
    server.close();
    await vi.waitUntil(async () => (await get().catch(() => undefined)) !== undefined);
    expect(server.connections).toBe(2);
  });

  test('that says something without being asked is closed', async () => {
    const server = await answering(`${OK}${OK}`, OK);
    expect(await bodies(2)).toEqual(['ok', 'ok']);
    expect(server.connections).toBe(2);
  });

  test('hands over the answer that follows a 100 Continue', async () => {
    await answering(`HTTP/1.1 100 Continue\r\n\r\n${OK}`);
    expect(await bodies(1)).toEqual(['ok']);
  });

  test('an answer of unknown length ends with it', async () => {
    await serve((request) => request.socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));
    expect(await bodies(1)).toEqual(['to the end']);
  });
});

describe('idle', () => {
  /** Longer than any of these tests. */
  const LONG_MS = 60_000;

  test('is at once where nothing is under way', async () => {
    await client.idle(LONG_MS);
    await serve((_, response) => response.end());
    await get();
    await client.idle(LONG_MS);
  });

  test('waits for the answer of what is under way, and of what follows from it', async () => {
    await serve((_, response) => setTimeout(() => response.end(), 20));
    const done: string[] = [];
    const both = get()
      .then(() => done.push('first'))
      .then(async () => {
        for (let step = 0; step < 100; step++) await Promise.resolve();
        return get();
      })
      .then(() => done.push('second'));
    await client.idle(LONG_MS);
    expect(done).toEqual(['first', 'second']);
    await both;
  });

  test('waits for one that fails as for any other', async () => {
    await serve((request) => request.socket.resetAndDestroy());
    let failed = false;
    void get().catch(() => (failed = true));
    await client.idle(LONG_MS);
    expect(failed).toBe(true);
  });

  test('does not wait longer than it is told to', async () => {
    await serve(() => {});
    const answer = get();
    await client.idle(30);
    client.close();
    await expect(answer).rejects.toBeInstanceOf(AriError);
  });

  test('does not wait for one that begins again and again', async () => {
    await serve((_, response) => response.end());
    let goesOn = true;
    const loop = (async () => {
      while (goesOn) await get();
    })();
    await client.idle(30);
    goesOn = false;
    await loop;
  });
});
