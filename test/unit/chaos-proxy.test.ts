/** The chaos test's proxy: each kind of fault does what it says, and nothing else. */
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { type LineFault, lineFaults, type RestFault, restFault } from '../chaos/faults.ts';
import { ChaosProxy } from '../chaos/proxy.ts';

/** Long enough for anything on this machine to arrive. */
const SILENCE_MS = 200;

let asked: string[];
let faults: (RestFault | undefined)[];
let far: Server;
let events: WebSocketServer;
let proxy: ChaosProxy;
let agent: Agent;

beforeEach(async () => {
  asked = [];
  faults = [];
  far = createServer((message, response) => {
    void text(message).then((body) => {
      asked.push(`${message.method} ${message.url} ${body}`);
      if (message.method === 'DELETE') response.writeHead(204).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(`{"of":"${message.url}"}`);
    });
  });
  far.listen(0, '127.0.0.1');
  await once(far, 'listening');
  events = new WebSocketServer({ server: far });
  proxy = await ChaosProxy.start((far.address() as AddressInfo).port, () => faults.shift());
  agent = new Agent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  await proxy.close();
  for (const client of events.clients) client.terminate();
  far.closeAllConnections();
  far.close();
  await once(far, 'close');
});

/** What comes back: status and body, or the error's code. */
function ask(method: string, path: string, limitMs = 5000): Promise<string> {
  return new Promise((resolve) => {
    const body = 'body';
    const headers = { 'content-length': body.length };
    const signal = AbortSignal.timeout(limitMs);
    request(`${proxy.url}${path}`, { method, agent, headers, signal }, (response) => {
      text(response).then(
        (answer) => resolve(`${response.statusCode} ${answer}`),
        (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message),
      );
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end(body);
  });
}

const fault = (kind: RestFault['kind'], carriedOut: boolean, ms = 0): RestFault => ({ kind, carriedOut, ms });

async function connectEvents(): Promise<[near: WebSocket, far: WebSocket]> {
  const arrival = once(events, 'connection') as Promise<[WebSocket]>;
  const near = new WebSocket(`${proxy.url.replace('http', 'ws')}/ari/events?app=x`);
  await once(near, 'open');
  return [near, (await arrival)[0]];
}

test('passes on requests and answers as they are, over connections that are kept', async () => {
  expect(await ask('POST', '/ari/a?b=c')).toBe('200 {"of":"/ari/a?b=c"}');
  expect(await ask('DELETE', '/ari/a')).toBe('204 ');
  expect(asked).toEqual(['POST /ari/a?b=c body', 'DELETE /ari/a body']);
  expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
});

test.each([
  { kind: '500', answer: '500 {"message":"Chaos"}' },
  { kind: '503', answer: '503 {"message":"Chaos"}' },
  { kind: 'reset', answer: 'ECONNRESET' },
  { kind: 'drop', answer: 'ABORT_ERR' },
] as const)('$kind: in place of the answer, whether the request is carried out or not', async (each) => {
  faults = [fault(each.kind, false), undefined, fault(each.kind, true)];
  expect(await ask('GET', '/not', SILENCE_MS)).toBe(each.answer);
  expect(asked).toEqual([]);
  expect(await ask('GET', '/well')).toMatch(/^200/);
  expect(await ask('GET', '/all-the-same', SILENCE_MS)).toBe(each.answer);
  expect(asked).toEqual(['GET /well body', 'GET /all-the-same body']);
});

test('truncate: half of the answer, then the end', async () => {
  faults = [fault('truncate', true), fault('truncate', true)];
  expect(await ask('GET', '/a')).toBe('ECONNRESET');
  expect(await ask('DELETE', '/a')).toBe('ECONNRESET');
  expect(asked).toHaveLength(2);
});

test('delay: the answer comes late', async () => {
  faults = [fault('delay', true, SILENCE_MS)];
  const begun = performance.now();
  expect(await ask('GET', '/a')).toMatch(/^200/);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(SILENCE_MS - 1);
});

test('reorder: the answers to two later requests overtake it', async () => {
  faults = [fault('reorder', true)];
  const order: string[] = [];
  const first = ask('GET', '/1').then(() => order.push('1'));
  await expect.poll(() => asked).toHaveLength(1);
  for (const path of ['2', '3']) await ask('GET', `/${path}`).then(() => order.push(path));
  await first;
  expect(order).toEqual(['2', '3', '1']);
});

test('refuses everything until it accepts again', async () => {
  const [near, there] = await connectEvents();
  const closed = [once(near, 'close'), once(there, 'close')];
  near.on('error', () => {});
  there.on('error', () => {});
  proxy.refuse();
  await Promise.all(closed);
  expect(await ask('GET', '/a')).toMatch(/ECONNRESET|EPIPE/);
  proxy.accept();
  expect(await ask('GET', '/a')).toMatch(/^200/);
});

test('passes the WebSocket on both ways, and cuts it at both ends', async () => {
  const [near, there] = await connectEvents();
  const up = once(there, 'message');
  near.send('up');
  expect(String((await up)[0])).toBe('up');
  const down = once(near, 'message');
  there.send('down');
  expect(String((await down)[0])).toBe('down');
  const closed = [once(near, 'close'), once(there, 'close')];
  near.on('error', () => {});
  there.on('error', () => {});
  proxy.cutEvents();
  await Promise.all(closed);
});

test('half-open: nothing passes either way, and nobody is told', async () => {
  const [near, there] = await connectEvents();
  const heard: string[] = [];
  near.on('message', (data: Buffer) => heard.push(data.toString()));
  there.on('message', (data: Buffer) => heard.push(data.toString()));
  near.on('close', () => heard.push('closed'));
  there.on('close', () => heard.push('closed'));
  proxy.freezeEvents();
  near.send('up');
  there.send('down');
  const ponged = once(near, 'pong').then(() => 'heard');
  near.ping();
  const pong = await Promise.race([ponged, delay(SILENCE_MS, 'none')]);
  expect({ pong, heard }).toEqual({ pong: 'none', heard: [] });
  near.terminate();
  await once(near, 'close');
  expect(there.readyState).toBe(WebSocket.OPEN);
  there.on('error', () => {});
  proxy.cutEvents();
  await once(there, 'close');
});

test('stall: what is sent meanwhile comes late, and in order', async () => {
  const [near, there] = await connectEvents();
  const heard: string[] = [];
  near.on('message', (data: Buffer) => heard.push(data.toString()));
  proxy.stallEvents(SILENCE_MS);
  const begun = performance.now();
  there.send('1');
  there.send('2');
  await expect.poll(() => heard).toEqual(['1', '2']);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(SILENCE_MS - 1);
});

test('the WebSocket is refused with 503, or reset, as any request', async () => {
  faults = [fault('503', false), fault('reset', false)];
  for (const message of ['Unexpected server response: 503', /ECONNRESET|socket hang up/]) {
    const near = new WebSocket(`${proxy.url.replace('http', 'ws')}/ari/events`);
    const [error] = (await once(near, 'error')) as [Error];
    expect(error.message).toMatch(message);
  }
});

test('the same seed brings the same faults, another seed others', () => {
  const first = (seed: number) => Array.from({ length: 400 }, (_, n) => restFault(seed, n));
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
  expect(new Set(Array.from({ length: 4000 }, (_, n) => restFault(1, n)?.kind)).size).toBe(8);
  const kinds: LineFault['kind'][] = ['cut', 'outage', 'kill'];
  const three = (seed: number) => {
    const faults = lineFaults(seed, kinds);
    return kinds.map(() => faults.next().value as LineFault);
  };
  expect(three(7)).toEqual(three(7));
  expect(
    three(7)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual([...kinds].sort());
});
