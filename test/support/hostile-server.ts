/** Something that listens where Asterisk should be, and answers whatever it likes. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { ariDocs } from './ari-docs.ts';

/** An answer to one request, as bytes on the wire. */
export interface HostileAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer | 'echo';
  /** Half: more was announced than is sent, and then the connection ends. Silence: until the other end gives up. */
  readonly framing: 'length' | 'chunked' | 'close' | 'half' | 'reset' | 'no HTTP' | 'silence';
}

const json = fc.oneof(
  fc.json(),
  fc.constantFrom('null', '[]', '{}', '[null]', '7', '""', '"x"', '[[]]', '{"name":null}', '[{"name":7}]'),
  fc.constantFrom('{"message":{"toString":1}}', '{"message":null}', '{"__proto__":{"name":1}}', '{"_id":1}'),
  fc.json().map((text) => `{"message":${text}}`),
  fc.json().map((text) => text.slice(0, -1)),
);
const body: fc.Arbitrary<Buffer | 'echo'> = fc.oneof(
  { weight: 6, arbitrary: json.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.constant('echo' as const) },
  { weight: 2, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '<html>\r\n<h1>Bad Gateway</h1>').map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.constantFrom('x', '[', ' ').map((text) => Buffer.alloc(5_000_000, text)) },
);
export const hostileAnswers: fc.Arbitrary<HostileAnswer> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    fc.constantFrom(0, 101, 201, 204, 301, 304, 307, 400, 401, 404, 409, 500, 503, 999),
  ),
  headers: fc.subarray([
    'Content-Type: text/html',
    'Content-Type: application/json',
    'Content-Encoding: gzip',
    'Location: http://nowhere.invalid/',
    'Connection: close',
    `X-Long: ${'x'.repeat(20_000)}`,
    'Set-Cookie: __proto__=1',
  ]),
  body,
  framing: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('length' as const, 'chunked' as const, 'close' as const) },
    fc.constantFrom('half' as const, 'reset' as const, 'no HTTP' as const),
  ),
});

export class HostileServer {
  /** What the next request is answered; undefined: as Asterisk would. */
  answer: (path: string) => HostileAnswer | undefined = () => undefined;
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server: Server = createServer((request) => this.#answer(request));

  async listen(): Promise<void> {
    this.#server.on('connection', (socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage): void {
    const path = request.url ?? '';
    this.asked.push(path);
    sendAnswer(request, this.answer(path) ?? asAsterisk(path, this.url));
  }
}

/** What Asterisk at `url` would answer: the API's description, and an empty object to everything else. */
export function asAsterisk(path: string, url: string): HostileAnswer {
  return jsonAnswer(ariDocs(`${url}/ari`).get(path) ?? {});
}

export function jsonAnswer(value: unknown, status = 200): HostileAnswer {
  return { status, headers: [], body: Buffer.from(JSON.stringify(value)), framing: 'length' };
}

/** Writes `answer` on the wire, around node:http. */
export function sendAnswer(request: IncomingMessage, answer: HostileAnswer): void {
  const { authorization = '' } = request.headers;
  const said = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const echo = [request.url, authorization, said, encodeURIComponent(said)].join('\n');
  const sent = answer.body === 'echo' ? Buffer.from(echo) : answer.body;
  const { socket } = request;
  if (answer.framing === 'silence') return;
  if (answer.framing === 'reset') return void socket.resetAndDestroy();
  if (answer.framing === 'no HTTP') return void socket.end(sent);
  const framing = {
    length: `Content-Length: ${sent.length}`,
    half: `Content-Length: ${sent.length + 1}`,
    chunked: 'Transfer-Encoding: chunked',
    close: 'Connection: close',
  }[answer.framing];
  socket.write([`HTTP/1.1 ${answer.status} So`, framing, ...answer.headers, '', ''].join('\r\n'));
  if (answer.framing !== 'chunked') socket.write(sent);
  else socket.write(`${sent.length.toString(16)}\r\n${sent.toString('latin1')}\r\n0\r\n\r\n`, 'latin1');
  if (answer.framing !== 'length') socket.end();
}
