/**
 * The real ari-client, as src/ari cures it, and a server that answers anything: every operation settles,
 * rejects with an AriError only, and never shows the password, not even when the server says it.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { collectUnhandled } from '../support/unhandled.ts';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { AriRest } from '../../src/ari/ari-rest.ts';
import { AriSettingsError } from '../../src/ari/ari-settings.ts';
import { wholeFile } from '../support/file-pieces.ts';
import { HOSTILE_LIMIT, hostileRuns } from '../support/hostile-runs.ts';
import { type HostileAnswer, HostileServer, hostileAnswers, jsonAnswer } from '../support/hostile-server.ts';

const PASSWORD = 'pä$$ "w:ord&-S3CRET';
const RECORD = { format: 'wav', maxDurationSeconds: 1 };

/** Every operation of the port but callDialplan, which waits for an event. */
const OPERATIONS: Readonly<
  Record<
    Exclude<keyof AriPort, 'callDialplan' | 'hearsTalk'>,
    (port: AriPort, name: string) => Promise<unknown>
  >
> = {
  answer: (port, name) => port.answer(name),
  hangup: (port, name) => port.hangup(name),
  play: (port, name) => port.play(name, name, name),
  getPlayback: (port, name) => port.getPlayback(name),
  stopPlayback: (port, name) => port.stopPlayback(name),
  record: (port, name) => port.record(name, { name, ...RECORD }),
  stopRecording: (port, name) => port.stopRecording(name),
  cancelRecording: (port, name) => port.cancelRecording(name),
  getStoredRecording: (port, name) => port.getStoredRecording(name),
  getStoredRecordingFile: (port, name) => wholeFile(port, name),
  deleteStoredRecording: (port, name) => port.deleteStoredRecording(name),
  copyStoredRecording: (port, name) => port.copyStoredRecording(name, name),
  listStoredRecordings: (port) => port.listStoredRecordings(),
  getLiveRecording: (port, name) => port.getLiveRecording(name),
  setChannelVars: (port, name) => port.setChannelVars(name, [[name, name]]),
  getChannelVar: (port, name) => port.getChannelVar(name, name),
  getChannel: (port, name) => port.getChannel(name),
  getApplicationChannels: (port, name) => port.getApplicationChannels(name),
  ring: (port, name) => port.ring(name),
  originate: (port, name) =>
    port.originate({
      channelId: name,
      endpoint: name,
      app: name,
      appArgs: name,
      timeoutSeconds: 1,
      originator: name,
    }),
  createBridge: (port, name) => port.createBridge(name),
  addToBridge: (port, name) => port.addToBridge(name, [name]),
  getBridgeChannels: (port, name) => port.getBridgeChannels(name),
  destroyBridge: (port, name) => port.destroyBridge(name),
  playOnBridge: (port, name) => port.playOnBridge(name, name, name),
  recordBridge: (port, name) => port.recordBridge(name, { name, ...RECORD }),
  pauseRecording: (port, name) => port.pauseRecording(name),
  unpauseRecording: (port, name) => port.unpauseRecording(name),
  muteRecording: (port, name) => port.muteRecording(name),
  unmuteRecording: (port, name) => port.unmuteRecording(name),
  getApplicationBridges: (port, name) => port.getApplicationBridges(name),
  continueInDialplan: (port, name) => port.continueInDialplan(name),
  listMailboxes: (port) => port.listMailboxes(),
  updateMailbox: (port, name) => port.updateMailbox(name, 1),
  getGlobalVar: (port, name) => port.getGlobalVar(name),
  setGlobalVar: (port, name) => port.setGlobalVar(name, name),
  getStartupTime: (port) => port.getStartupTime(),
  getModuleStatus: (port, name) => port.getModuleStatus(name),
};

const unhandled = collectUnhandled();
const server = new HostileServer();

/** Reaches Asterisk; closes what it does not hand over. */
async function connect(): Promise<AriRest> {
  const settings = { ariUrl: server.url, ariUsername: 'mé', ariPassword: PASSWORD };
  const rest = new AriRest(settings, 'vm-record');
  await rest.reach().catch((error: unknown) => {
    rest.close();
    throw error;
  });
  return rest;
}

beforeAll(() => server.listen());
afterAll(() => server.close());
afterEach(() => {
  server.answer = () => undefined;
});

/** The error, if any, that a promise is rejected with. */
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

function expectHarmless(error: unknown): void {
  if (error === undefined) return;
  expect(error).toSatisfy((it) => it instanceof AriError || it instanceof AriSettingsError);
  const { message } = error as Error;
  expect(message).not.toMatch(/S3CRET|[\n\r\u2028\0\u001b]/);
  expect(message).not.toContain(Buffer.from(`mé:${PASSWORD}`).toString('base64'));
  expect(message.length).toBeLessThan(600);
}

test('a name and a password outside ASCII are sent as they are', async () => {
  const connection = await connect();
  server.answer = () => ({ status: 200, headers: [], body: 'echo', framing: 'length' });
  const said = await wholeFile(connection.port, 'x');
  connection.close();
  expect(said.toString().split('\n')[2]).toBe(`mé:${PASSWORD}`);
});

test('every operation settles, whatever the answer is', HOSTILE_LIMIT, async () => {
  const connection = await connect();
  const names = fc.string({ unit: 'grapheme', minLength: 1 });
  const property = fc.asyncProperty(
    fc.constantFrom(...Object.values(OPERATIONS)),
    names,
    hostileAnswers,
    async (operation, name, answer) => {
      server.answer = () => answer;
      const error = await errorOf(Promise.resolve().then(() => operation(connection.port, name)));
      expectHarmless(error);
      if (error instanceof AriError && error.isGone) expect(answer.status).toBe(404);
      expect(unhandled).toEqual([]);
    },
  );
  await fc.assert(property, hostileRuns(6)).finally(() => connection.close());
});

test('connecting settles, whatever is answered to any of its requests', HOSTILE_LIMIT, async () => {
  const property = fc.asyncProperty(fc.nat(8), hostileAnswers, async (n, answer) => {
    expectHarmless(await connectWith(n, answer));
    expect(unhandled).toEqual([]);
  });
  await fc.assert(property, hostileRuns(12));
});

/** Connects while the n-th request (from 0) is answered so. */
async function connectWith(n: number, answer: HostileAnswer): Promise<unknown> {
  let asked = 0;
  server.answer = () => (asked++ === n ? answer : undefined);
  return errorOf(connect().then((connection) => connection.close()));
}

test('the status of a module is an AriError if the answer is null', async () => {
  const connection = await connect();
  server.answer = () => jsonAnswer(null);
  const error = await errorOf(connection.port.getModuleStatus('x')).finally(() => connection.close());
  expectHarmless(error);
});

test('an operation that the description of the API does not have is an AriError', async () => {
  server.answer = (path) =>
    path.endsWith('/mailboxes.json') ? jsonAnswer({ swaggerVersion: '1.1', apis: [] }) : undefined;
  const connection = await connect();
  const error = await errorOf(connection.port.listMailboxes()).finally(() => connection.close());
  expect(error).toBeDefined();
  expectHarmless(error);
});

test('a description of the API without any resource is given up after 30 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server.answer = (path) =>
    path.endsWith('/resources.json') ? jsonAnswer({ swaggerVersion: '1.1', apis: [] }) : undefined;
  const asked = server.asked.length;
  const connecting = errorOf(connect());
  await vi.waitUntil(() => server.asked.length >= asked + 2);
  // Until the answer to the last request has arrived.
  for (let turns = 0; turns < 100; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(30_000);
  const error = await Promise.race([connecting, new Promise<void>((resolve) => setImmediate(resolve))]);
  vi.useRealTimers();
  expect(error).toBeInstanceOf(AriError);
});
