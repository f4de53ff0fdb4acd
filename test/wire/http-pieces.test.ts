/** Answers that are read piece by piece, with real sockets: however long they are, nothing of them is kept. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { HttpClient, type HttpRequest } from '../../src/ari/http.ts';
import { until } from '../support/kept-connection.ts';
import { MemoryPeak, MiB } from '../support/memory-peak.ts';

let client: HttpClient;
let server: Server;
let connections: number;

afterEach(async () => {
  vi.useRealTimers();
  client.close();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** The client's requests go there. */
async function serve(listener: RequestListener): Promise<void> {
  connections = 0;
  server = createServer(listener).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, '');
}

/** Sends so many bytes, at the pace at which they are taken; without `bytes` for ever. */
function pour(response: ServerResponse, bytes = Infinity): void {
  const piece = Buffer.alloc(MiB);
  let left = bytes;
  const go = () => {
    while (left > 0 && !response.destroyed) {
      const next = piece.subarray(0, Math.min(left, MiB));
      left -= next.length;
      if (!response.write(next)) return;
    }
    response.end();
  };
  response.on('drain', go);
  go();
}

const told = (response: ServerResponse, bytes: number) => response.setHeader('Content-Length', bytes);
const get = (more: Partial<HttpRequest> = {}) => client.send({ method: 'GET', path: '/x', ...more });

test('a body of 128 MiB costs next to nothing, and twice as much and more if it were kept', async () => {
  const bytes = 128 * MiB;
  await serve((_, response) => (told(response, bytes), pour(response, bytes)));
  const more = { longestBytes: 2 * bytes, limitMs: 60_000 };
  const inPieces = new MemoryPeak('128 MiB over HTTP, piece by piece');
  let read = 0;
  await get({ ...more, read: (piece) => (inPieces.look(), (read += piece.length) < 0) });
  expect(read).toBe(bytes);
  const kept = new MemoryPeak('128 MiB over HTTP, kept whole');
  const { data } = await get(more);
  kept.look();
  expect(data).toHaveLength(bytes);
  expect(kept.bytes).toBeGreaterThan(bytes);
  expect(inPieces.bytes).toBeLessThan(8 * MiB);
});

test('when the reader has seen enough of a long one, the server can stop, and the next request is answered', async () => {
  let sent: ServerResponse | undefined;
  await serve((request, response) => {
    if (request.url === '/next') return void response.end('next');
    sent = response;
    told(response, 500 * MiB);
    pour(response, 500 * MiB);
  });
  const lengths: (number | undefined)[] = [];
  const { status, data } = await get({ read: (_, wholeBytes) => lengths.push(wholeBytes) > 0 });
  expect({ status, data: data.length, lengths }).toEqual({ status: 200, data: 0, lengths: [500 * MiB] });
  expect((await get({ path: '/next' })).data.toString()).toBe('next');
  await vi.waitUntil(() => sent?.destroyed);
  expect(connections).toBe(2);
});

test('of a short one the rest is taken, and the connection kept', async () => {
  await serve((_, response) => (told(response, 200_000), pour(response, 200_000)));
  let pieces = 0;
  for (let n = 1; n <= 3; n++) await get({ read: () => ++pieces > 0 });
  expect({ pieces, connections }).toEqual({ pieces: 3, connections: 1 });
});

test('nothing is said of the length where the server does not tell it, and every byte is handed over', async () => {
  await serve((_, response) => pour(response, 3 * MiB));
  let read = 0;
  const more = { longestBytes: 4 * MiB };
  await get({
    ...more,
    read: (piece, wholeBytes) => (expect(wholeBytes).toBeUndefined(), (read += piece.length) < 0),
  });
  expect(read).toBe(3 * MiB);
});

test('a connection that was read from piece by piece hands over the next answer whole', async () => {
  await serve((_, response) => void response.end('answer'));
  await get({ read: () => false });
  expect((await get()).data.toString()).toBe('answer');
  expect(connections).toBe(1);
});

test('what a refusal says is kept, and not read', async () => {
  await serve((_, response) => void response.writeHead(404).end('Recording not found'));
  const read = vi.fn(() => false);
  const { status, data } = await get({ read });
  expect({ status, data: data.toString() }).toEqual({ status: 404, data: 'Recording not found' });
  expect(read).not.toHaveBeenCalled();
});

describe('it is given up', () => {
  test('when a refusal does not end, before it fills the memory', async () => {
    await serve((_, response) => pour(response.writeHead(500)));
    const peak = new MemoryPeak('a refusal without end');
    await expect(get({ longestBytes: 900 * MiB, read: () => false })).rejects.toThrow('without end');
    peak.look();
    expect(peak.bytes).toBeLessThan(16 * MiB);
  });

  test('when it is longer than an answer of its kind may be', async () => {
    await serve((_, response) => pour(response));
    const answer = get({ longestBytes: 20 * MiB, read: () => false });
    await expect(answer).rejects.toThrow(new AriError('GET /x: an answer without end'));
  });

  test('when it breaks off', async () => {
    await serve((_, response) => (told(response, 9), response.write('half', () => response.destroy())));
    await expect(get({ read: () => false })).rejects.toThrow(AriError);
  });

  test('when nothing more comes for five seconds, or when it takes too long in all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let more = () => {};
    await serve((_, response) => (more = () => void response.write('x'))());
    let pieces = 0;
    const errors: unknown[] = [];
    const read = () => ++pieces < 0;
    const begin = () => void get({ limitMs: 12_000, read }).catch((error: unknown) => errors.push(error));
    const comes = async () => {
      const before = pieces;
      more();
      await until('a piece', () => pieces > before);
    };
    begin();
    await until('a piece', () => pieces > 0);
    await vi.advanceTimersByTimeAsync(4_900);
    await comes();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(errors).toEqual([new AriError('GET /x: no answer within 5 s')]);

    pieces = 0;
    begin();
    await until('a piece', () => pieces > 0);
    for (let seconds = 0; seconds < 10; seconds++) {
      expect(errors).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1_000);
      await comes();
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(errors).toHaveLength(2);
  });
});
