/**
 * Two daemons of one application, and a stranger who takes it: Asterisk tells its events to the latest. The earlier one
 * stands by, leaves the calls alone, and takes all back when nobody serves them.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';

import { daemonSettings } from '../support/real-stage.ts';

const LOST = 'Another daemon has taken over this application and its calls: standing by';
const LIMIT = { timeout: 20_000 };

let sandbox: Sandbox;
let callers: Callers;
const running: ReturnType<typeof startDaemonProcess>[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  callers = await connectCallers(sandbox);
});

afterEach(async () => {
  for (const daemon of running.splice(0)) expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
});

afterAll(async () => {
  await callers.close();
  await sandbox[Symbol.asyncDispose]();
});

function start(more: Record<string, string> = {}) {
  const log = new DaemonLog();
  const settings = { ...daemonSettings(sandbox), VM_PROMPTS: 'off', ...more };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  running.push(daemon);
  const said = (msg: string) => log.lines.filter((line) => line.msg === msg).length;
  return { daemon, log, said };
}

test('the second takes the calls; when it is killed the first takes them back, and the caller’s message goes on', async () => {
  const port = await freePort('tcp', undefined, '');
  const first = start({ VM_HEALTH_PORT: String(port) });
  await first.daemon.ready;
  const caller = await callers.call({ extension: '305' });
  await first.log.until(caller.farId, 'Recording voicemail');
  await caller.say(500, 1);

  const second = start();
  await second.daemon.ready;
  await expect.poll(() => first.said(LOST), LIMIT).toBe(1);
  await second.log.until(caller.farId, 'Taking up a call');
  const before = first.log.lines.length;
  const health = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect([health.status, await health.text()]).toEqual([503, expect.stringContaining('standing by')]);
  const other = await callers.call({ extension: '306' });
  await second.log.until(other.farId, 'Recording voicemail');
  await other.say(440, 1.5);
  await other.hangup();
  await second.log.until(other.farId, 'Call over');
  expect(first.log.lines.slice(before)).toEqual([]);

  await running.pop()?.kill();
  await caller.say(600, 1);
  await expect.poll(() => first.said('Waiting for calls'), LIMIT).toBe(2);
  await first.log.until(caller.farId, 'Taking up a call');
  await caller.press('#');
  await first.log.until(caller.farId, 'Entering reviewing state');
  await caller.hangup();
  await first.log.until(caller.farId, 'Call over');
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test('the second is stopped while a caller is there: the first takes the call back at once', async () => {
  const [first, second] = [start(), start()];
  await first.daemon.ready;
  await second.daemon.ready;
  await expect.poll(() => first.said(LOST) + second.said(LOST), LIMIT).toBe(1);
  const [standing, serving] = first.said(LOST) > 0 ? [first, second] : [second, first];
  const caller = await callers.call({ extension: '305' });
  await serving.log.until(caller.farId, 'Recording voicemail');
  await caller.say(500, 1);
  const began = performance.now();
  await serving.daemon.stop();
  await standing.log.until(caller.farId, 'Taking up a call');
  expect(performance.now() - began).toBeLessThan(5_000);
  await caller.hangup();
  await standing.log.until(caller.farId, 'Call over');
});

test('a stranger who takes the application and serves nobody has it for seconds, connected or not', async () => {
  const { daemon, said, log } = start();
  await daemon.ready;
  const { port } = new URL(sandbox.ari.url);
  const account = `${sandbox.ari.username}:${sandbox.ari.password}`;
  const stranger = () => new WebSocket(`ws://127.0.0.1:${port}/ari/events?app=vm-record&api_key=${account}`);
  const gone = stranger();
  await expect.poll(() => said(LOST), LIMIT).toBe(1);
  gone.terminate();
  await expect.poll(() => said('Waiting for calls'), { timeout: 5_000 }).toBe(2);
  const stays = stranger();
  await expect.poll(() => said(LOST), LIMIT).toBe(2);
  const caller = await callers.call({ extension: '305' });
  await expect.poll(() => said('Waiting for calls'), LIMIT).toBe(3);
  await log.until(caller.farId, 'Recording voicemail');
  await caller.hangup();
  await log.until(caller.farId, 'Call over');
  stays.terminate();
});
