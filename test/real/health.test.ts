/** `/healthz` and `/metrics` of the daemon as a process: what a supervisor and Prometheus see of a real Asterisk. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { startLine } from '../support/line.ts';
import { parseMetrics } from '../support/prometheus-text.ts';
import { daemonSettings } from '../support/real-stage.ts';

const LIMIT = { timeout: 20_000 };
const NOT_CONNECTED = { status: 503, body: { status: 'unavailable', reason: 'not connected to Asterisk' } };
const WELL = { status: 200, body: { status: 'ok' } };

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(() => sandbox.stop());

/** What the daemon on this port says of itself; nothing while there is none. */
function observe(port: number) {
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return {
    health: async (): Promise<unknown> => {
      const answer = await get('/healthz').catch(() => undefined);
      return answer && { status: answer.status, body: await answer.json() };
    },
    /** The value of a series, by its name and labels. */
    metric: async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> => {
      const families = parseMetrics(await (await get('/metrics')).text());
      const samples = [...families.values()].flatMap((family) => family.samples);
      const isIt = (found: Readonly<Record<string, string>>) =>
        Object.entries(labels).every(([label, value]) => found[label] === value);
      return samples.find((sample) => sample.name === name && isIt(sample.labels))?.value;
    },
  };
}

test('/healthz is 200 exactly while calls would be taken, and /metrics counts what happened', async () => {
  const line = await startLine(sandbox.ari.url);
  const port = await freePort('tcp', undefined, '');
  const { health, metric } = observe(port);
  const log = new DaemonLog();
  const settings = {
    ...daemonSettings(sandbox),
    ...{ ARI_URL: line.url, VM_HEALTH_PORT: String(port), VM_PROMPTS: 'off' },
  };
  const start = () => startDaemonProcess(settings, (json) => log.write(json));

  // Asterisk cannot be reached yet.
  line.down();
  let daemon = start();
  try {
    await expect.poll(health, LIMIT).toEqual(NOT_CONNECTED);
    expect(await metric('vm_record_connected')).toBe(0);

    line.up();
    await daemon.ready;
    expect(await health()).toEqual(WELL);
    expect(await metric('vm_record_connected')).toBe(1);
    expect(await metric('vm_record_reconnects_total')).toBe(0);
    expect(await metric('vm_record_messages')).toBe(0);

    await using callers = await connectCallers(sandbox);
    const first = await callers.call({ extension: '305' });
    await log.until(first.farId, 'Recording voicemail');
    expect(await metric('vm_record_calls', { state: 'recording' })).toBe(1);
    await first.say(440, 1.5);
    await first.press('#');
    await log.until(first.farId, 'Entering reviewing state');
    await first.press('#');
    await log.until(first.farId, 'Call over');
    expect(await metric('vm_record_calls', { state: 'recording' })).toBe(0);
    const accepted = { status: 'SUCCESS', reason: 'accepted' };
    expect(await metric('vm_record_calls_ended_total', accepted)).toBe(1);
    expect(await metric('vm_record_messages')).toBe(1);
    expect(await metric('vm_record_messages_stored_total')).toBe(1);
    const recorded = { operation: 'record', outcome: 'ok' };
    expect(await metric('vm_record_ari_operation_duration_seconds_count', recorded)).toBe(1);

    line.down();
    await expect.poll(health, LIMIT).toEqual(NOT_CONNECTED);
    expect(await metric('vm_record_connected')).toBe(0);
    line.up();
    await expect.poll(health, LIMIT).toEqual(WELL);
    expect(await metric('vm_record_reconnects_total')).toBe(1);
    expect(await metric('vm_record_calls_adopted_total')).toBe(0);

    // The next daemon takes a call over.
    const second = await callers.call({ extension: '305' });
    await log.until(second.farId, 'Recording voicemail');
    await second.say(440, 1.5);
    await daemon.kill();
    daemon = start();
    await daemon.ready;
    expect(await health()).toEqual(WELL);
    expect(await metric('vm_record_calls_adopted_total')).toBe(1);
    await second.hangup();
    await log.until(second.farId, 'Call over');
    const hungUp = { status: 'SUCCESS', reason: 'hangup' };
    expect(await metric('vm_record_calls_ended_total', hungUp)).toBe(1);
    expect(await metric('vm_record_messages')).toBe(2);
    expect(await metric('vm_record_messages_stored_total')).toBe(1);
  } finally {
    const { status, stderr } = await daemon.stop();
    line.close();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
  expect(await health()).toBeUndefined();
});

test('a port in use is one clear line and status 78', async () => {
  const server = await occupyPort();
  const { port } = server.address() as AddressInfo;
  const said: string[] = [];
  try {
    const settings = { ...daemonSettings(sandbox), VM_HEALTH_PORT: String(port) };
    const { status, stderr } = await startDaemonProcess(settings, (line) => said.push(line)).exited;
    expect({ status, said }).toEqual({ status: 78, said: [] });
    expect(stderr).toBe(
      `vm-record: VM_HEALTH_PORT=${port} cannot be used (EADDRINUSE): it must be a port of 127.0.0.1 that is free; empty = none\n`,
    );
  } finally {
    server.close();
  }
});

function occupyPort(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
}
