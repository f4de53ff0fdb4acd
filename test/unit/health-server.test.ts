/** The health server, asked over real sockets by clients good and bad. */
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type HealthServer, HealthPortError, startHealthServer } from '../../src/health-server.ts';
import { createLog } from '../../src/log.ts';

const METRICS = '# HELP x é\n# TYPE x gauge\nx 1\n';

let reason: string | undefined;
let metricsText: () => Promise<string>;
let logged: string[];
let server: HealthServer;
let sockets: net.Socket[];

const start = (port: number) =>
  startHealthServer({
    port,
    unavailable: () => reason,
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: () => metricsText() },
    log: createLog('info', { write: (line) => void logged.push(line) }),
  });

beforeEach(async () => {
  reason = undefined;
  metricsText = () => Promise.resolve(METRICS);
  logged = [];
  sockets = [];
  server = await start(0);
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

interface Asked {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function ask(path: string, options: http.RequestOptions = {}): Promise<Asked> {
  const request = http.request({ host: '127.0.0.1', port: server.port, path, agent: false, ...options });
  const [response] = (await once(request.end(), 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** A connection of a client that may do anything. */
async function connect(): Promise<net.Socket> {
  const socket = net.connect(server.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the server has ended the connection, be it by a reset; whatever it answers is read. */
const closed = (socket: net.Socket) =>
  new Promise<void>((resolve) => {
    if (socket.resume().destroyed) resolve();
    else socket.once('close', () => resolve());
  });

test('/healthz is 200 as long as there is no reason why not, else 503 and the reason', async () => {
  expect(await ask('/healthz')).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: '{"status":"ok"}\n',
  });
  reason = 'not connected to "Asterisk"';
  expect(await ask('/healthz')).toMatchObject({
    status: 503,
    body: '{"status":"unavailable","reason":"not connected to \\"Asterisk\\""}\n',
  });
  reason = undefined;
  expect((await ask('/healthz?verbose')).status).toBe(200);
});

test('/metrics is the text of the metrics, as Prometheus wants it', async () => {
  expect(await ask('/metrics')).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: METRICS,
  });
});

test.for(['/healthz', '/metrics'])('HEAD %s is the answer to GET, without the body', async (path) => {
  const get = await ask(path);
  const head = await ask(path, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '' });
  for (const header of ['content-type', 'content-length']) {
    expect(head.headers[header]).toBe(get.headers[header]);
  }
});

test.for(['/', '/health', '/healthz/', '/metrics/../healthz', '//metrics', '/metrics%00', '*'])(
  '%s is not there',
  async (path) => {
    expect((await ask(path)).status).toBe(404);
  },
);

test.for(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not allowed', async (method) => {
  expect(await ask('/metrics', { method })).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
  });
});

test('listens on 127.0.0.1 and nowhere else', async () => {
  const socket = net.connect(server.port, '127.0.0.2');
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test.for(['127.0.0.1', '127.0.0.1:9418', 'localhost', 'LocalHost:9418', '[::1]:9418'])(
  'answers to the name %s',
  async (host) => {
    expect((await ask('/healthz', { headers: { host } })).status).toBe(200);
  },
);

test.for(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80'])(
  'does not answer to the name %s, which only a browser that was led astray sends',
  async (host) => {
    expect((await ask('/metrics', { headers: { host } })).status).toBe(421);
  },
);

test('answers a probe of HTTP/1.0, which sends no name', async () => {
  const socket = await connect();
  socket.end('GET /healthz HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

describe('a port that cannot be used', () => {
  test('ends the start with an error that names the setting', async () => {
    const again = start(server.port);
    await expect(again).rejects.toBeInstanceOf(HealthPortError);
    await expect(again).rejects.toThrow(
      `VM_HEALTH_PORT=${server.port} cannot be used (EADDRINUSE): it must be a port of 127.0.0.1 that is free`,
    );
  });

  test('is free again at once when the server that had it is closed', async () => {
    server.close();
    server = await start(server.port);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

// Well before the server would lose its patience with them.
test('closing ends every connection at once, whatever it is busy with', { timeout: 2_000 }, async () => {
  const quiet = await connect();
  const halfway = await connect();
  halfway.write('GET /healthz HTTP/1.1\r\nHost: loc');
  const waiting = await connect();
  const asked = new Promise<void>((resolve) => {
    metricsText = () => new Promise(() => resolve());
  });
  waiting.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
  server.close();
  await Promise.all([quiet, halfway, waiting].map(closed));
});

describe('whatever a client does, the next one is answered', () => {
  afterEach(async () => {
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('one that sends what is no HTTP', async () => {
    const socket = await connect();
    socket.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n');
    await closed(socket);
  });

  test('one that sends headers without end', async () => {
    const socket = await connect();
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}`);
    await closed(socket);
  });

  test.for(['CONNECT localhost:80', 'GET /healthz'])('one that wants an upgrade: %s', async (line) => {
    const socket = await connect();
    socket.end(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`);
    await closed(socket);
  });

  test('one that is gone before its answer', async () => {
    const socket = await connect();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      metricsText = () =>
        new Promise((done) => {
          answer = () => done(METRICS.repeat(10_000));
          resolve();
        });
    });
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await asked;
    socket.resetAndDestroy();
    await once(socket, 'close');
    answer();
  });

  test('one that asks when the answer cannot be found: that one is told, and the log says why', async () => {
    metricsText = () => Promise.reject(new Error('broken source'));
    expect(await ask('/metrics')).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(logged.join()).toContain('broken source');
  });

  test('more of them than there may be: the others are turned away', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, connect));
    let turnedAway = 0;
    await new Promise<void>((resolve) => {
      for (const socket of all) socket.resume().on('close', () => ++turnedAway === 8 && resolve());
    });
    expect(all.filter((socket) => !socket.destroyed)).toHaveLength(32);
    const gone = all.map(closed);
    for (const socket of all) socket.destroy();
    await Promise.all(gone);
  });

  test('ones that take their time: they are let go after some seconds', { timeout: 20_000 }, async () => {
    metricsText = () => Promise.resolve('x'.repeat(20_000_000));
    const starts = [
      '',
      'GET /healthz HTTP/1.1\r\nHost: loc',
      'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ];
    const slow = await Promise.all(starts.map(connect));
    slow.forEach((socket, n) => socket.write(starts[n] ?? ''));
    const drips = [
      'GET /healthz HTTP/1.1\r\nX: ',
      'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n',
    ];
    const dripping = await Promise.all(drips.map(connect));
    dripping.forEach((socket, n) => socket.write(drips[n] ?? ''));
    const drip = setInterval(() => dripping.forEach((socket) => socket.write('x')), 200);
    try {
      await Promise.all([notTaking(), ...[...slow, ...dripping].map(closed)]);
    } finally {
      clearInterval(drip);
    }
  });
});

/** Asks for a long answer and takes none of it: only the server's end of the connection shows that it is over. */
async function notTaking(): Promise<void> {
  const accepted = new Map<number | undefined, net.Socket>();
  const accept = (message: unknown) => {
    const { socket } = message as { socket: net.Socket };
    accepted.set(socket.remotePort, socket);
  };
  diagnostics.subscribe('net.server.socket', accept);
  const socket = await connect();
  socket.pause().write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await vi.waitUntil(() => accepted.has(socket.localPort));
  diagnostics.unsubscribe('net.server.socket', accept);
  await new Promise((resolve) => accepted.get(socket.localPort)?.once('close', resolve));
}
