/** ARI operations by the real ari-client on real sockets: each settles, in time, with an error that says what it is. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AriError, isGone } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { wholeFile } from '../support/file-pieces.ts';
import { type HostileAnswer, jsonAnswer } from '../support/hostile-server.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';
import { BROKEN, SILENCE } from '../support/misbehaviours.ts';

const ANSWER_LIMIT_MS = 5_000;

/** One of each kind: of no answer, of JSON, of a file, and of a list. */
const OPERATIONS: Readonly<Record<string, (port: AriPort) => Promise<unknown>>> = {
  hangup: (port) => port.hangup('1'),
  getChannel: (port) => port.getChannel('1'),
  getStoredRecordingFile: (port) => wholeFile(port, '1'),
  listStoredRecordings: (port) => port.listStoredRecordings(),
};

let server: MisbehavingServer;
let kept: KeptConnection;

beforeEach(async () => {
  server = new MisbehavingServer();
  await server.listen();
  kept = new KeptConnection(server);
  await kept.heard('connected');
});

afterEach(async () => {
  vi.useRealTimers();
  await kept.close();
  await server.close();
});

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

const all = () => Promise.all(Object.values(OPERATIONS).map((operation) => errorOf(operation(kept.port))));

function expectNoAnswer(errors: unknown[]): void {
  for (const error of errors) {
    expect(error).toBeInstanceOf(AriError);
    expect(error).toMatchObject({ status: undefined, isGone: false });
  }
}

test.for(Object.entries(BROKEN))(
  'operations that meet %s reject, and the next ones work',
  async ([, answer]) => {
    server.answer = () => answer;
    expectNoAnswer(await all());
    server.answer = () => undefined;
    await kept.port.hangup('1');
    expect(kept.told).toEqual(['connected']);
  },
);

test('operations that are refused a connection reject', async () => {
  await server.close();
  expectNoAnswer(await all());
});

test('operations that are not answered reject after five seconds, and a list of all files after twenty', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server.answer = () => SILENCE;
  const before = server.asked.length;
  const errors = all();
  await until('the requests', () => server.asked.length === before + Object.keys(OPERATIONS).length);
  await vi.advanceTimersByTimeAsync(ANSWER_LIMIT_MS);
  await vi.advanceTimersByTimeAsync(20_000 - ANSWER_LIMIT_MS);
  const seconds = (await errors).map((error) => /within (\d+) s$/.exec((error as Error).message)?.[1]);
  expect(seconds.filter((limit) => limit === '20')).toHaveLength(1);
  expect(seconds.filter((limit) => limit === '5')).toHaveLength(Object.keys(OPERATIONS).length - 1);
});

const html = (status: number, text: string): HostileAnswer => ({
  ...jsonAnswer('', status),
  body: Buffer.from(text),
});

test.for([
  ['JSON', jsonAnswer({ message: 'Channel not found' }, 404), 'Channel not found', true],
  ['HTML', html(404, '<html>\r\n<title>404 Not Found</title>'), '<html> <title>404 Not Found</title>', true],
  ['a bare string', html(409, 'Recording not in session'), 'Recording not in session', false],
  ['nothing', html(500, ''), '', false],
] as const)('an error told by %s keeps its status and its words', async ([, answer, words, gone]) => {
  server.answer = () => answer;
  const error = await errorOf(kept.port.hangup('1'));
  expect(error).toBeInstanceOf(AriError);
  const { status } = answer;
  expect(error).toMatchObject({ status, message: `DELETE /ari/channels/1: ${status} ${words}` });
  expect(isGone(error)).toBe(gone);
});

test('of 200 operations at once each is answered, over no more than 31 sockets and that of the events', async () => {
  const operations = Array.from({ length: 200 }, (_, n) => kept.port.answer(`${n}`));
  await Promise.all(operations);
  expect(server.asked.filter((request) => request.endsWith('/answer'))).toHaveLength(200);
  expect(server.most).toBe(32);
});
