/**
 * The process of the fake Asterisk: ARI over HTTP and the events' WebSocket on a free port of the loopback
 * interface, and the bench's questions. Started with the number of messages that it has from the beginning.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Answer, FakeAsterisk } from './asterisk.ts';
import { Callers, mailbox } from './callers.ts';
import { fullDocs } from './docs.ts';
import { answerQuestions } from './questions.ts';
import { answer, keyOf } from './routes.ts';

/** Longer than what the daemon does by the clock while a call is in progress: it counts the first second of a recording. */
const QUIET_MS = 1_200;
const QUIET_LOOK_MS = 100;
const FIRST_MESSAGE_MS = 1_700_000_000_000;

const HEADERS = { Server: 'Asterisk/22.10.1', 'Cache-Control': 'no-cache, no-store' };

let events: WebSocket | undefined;
const stored = Array.from({ length: Number(process.argv[2] ?? 0) }, (_, n) => {
  const created = FIRST_MESSAGE_MS + n * 1_000;
  return `voicemail/${mailbox(n)}/INBOX/${created}-${created / 1_000}-${n}`;
});
const asterisk = new FakeAsterisk(stored, (event) => events?.send(JSON.stringify(event)));
const callers = new Callers(asterisk);

let lastAsked = 0;
/** By kind of request. */
const times = new Map<string, number>();
/** When the daemon was first answered, and when the first list was sent, in epoch ms. */
let answeredAt = 0;
let listedAt = 0;
let onCancel: (recording: string) => void = () => {};
const now = () => performance.timeOrigin + performance.now();

function send(response: ServerResponse, { status, body }: Answer): void {
  if (body === undefined) return void response.writeHead(status, { ...HEADERS, 'Content-Length': 0 }).end();
  const isFile = Buffer.isBuffer(body);
  const data = isFile ? body : Buffer.from(JSON.stringify(body));
  const type = isFile ? 'audio/wav' : 'application/json';
  response.writeHead(status, { ...HEADERS, 'Content-type': type, 'Content-Length': data.length }).end(data);
}

function onRequest(request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '' } = request;
  const { pathname, searchParams: query } = new URL(url, base);
  const document = docs.get(pathname);
  if (document) return send(response, { status: 200, body: document });
  const asked = { method, path: pathname.split('/').slice(2).map(decodeURIComponent), query };
  const key = keyOf(asked);
  if (key === 'DELETE recordings/live/*') onCancel(asked.path[2] ?? '');
  lastAsked = performance.now();
  times.set(key, (times.get(key) ?? 0) + 1);
  answeredAt ||= now();
  if (key === 'GET recordings/stored') response.on('finish', () => (listedAt ||= now()));
  request.resume();
  send(response, answer(asterisk, asked));
}

const server = createServer(onRequest).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const docs = fullDocs(`${base}/ari`);
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (opened) => (events = opened));
});

/** Resolves when the daemon has taken all events that were sent. */
async function taken(): Promise<void> {
  if (!events) throw new Error('the daemon is not connected');
  events.ping();
  await once(events, 'pong');
}

const answers = {
  url: () => base,
  begin: (count: number) => callers.begin(count),
  async keys(count: number, rate: number) {
    await callers.keys(count, rate);
    await taken();
  },
  wholeCalls: (count: number, rate: number) => callers.wholeCalls(count, rate),
  /** From a key to the first request that it leads to, in ms, so many times. */
  async latencies(count: number): Promise<number[]> {
    const all: number[] = [];
    while (all.length < count) {
      let pressed = 0;
      await callers.again((recording) => {
        onCancel = (cancelled) => cancelled === recording && all.push(performance.now() - pressed);
        pressed = performance.now();
      });
      await taken();
    }
    return all;
  },
  /** Resolves when the daemon has asked for the list so often, and then nothing for a while. */
  async quiet(lists: number): Promise<void> {
    const isQuiet = () =>
      (times.get('GET recordings/stored') ?? 0) >= lists && performance.now() - lastAsked > QUIET_MS;
    while (!isQuiet()) await delay(QUIET_LOOK_MS);
  },
  marks: () => ({ answeredAt, listedAt }),
  /** How many messages the lamps stand for. */
  lamps: () => [...asterisk.lamps.values()].reduce((sum, count) => sum + count, 0),
  requests: () => Object.fromEntries(times),
};

export type FakeServer = typeof answers;

answerQuestions(answers);
