/** A sandbox is ready when its own Asterisk answers; anything else on its port must not pass for it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { PortTakenError, untilReady } from '../../asterisk/sandbox/ready.ts';
import { SandboxError } from '../../asterisk/sandbox/sandbox-error.ts';

const DIR = '/tmp/vm-record-own';
const OWN = { status: 200, body: `{"value":"${DIR}/spool"}` };
const FOREVER = new Promise<string>(() => undefined);

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that gives `answers` one after the other, the last one for ever, and a sandbox whose port it has. */
const RESOURCES = ['recordings/stored'];

async function sandbox(answers: { status: number; body?: string }[], log = '') {
  let next = 0;
  server = createServer((_, response) => {
    const { status, body = '{}' } = answers[Math.min(next++, answers.length - 1)] ?? { status: 500 };
    response.writeHead(status, { connection: 'close' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { dir: DIR, ari: { url, username: 'a', password: 'b' }, logTail: () => Promise.resolve(log) };
}

test('404 and 503 are an Asterisk that boots', async () => {
  await untilReady(await sandbox([{ status: 404 }, { status: 503 }, OWN]), FOREVER, RESOURCES, undefined);
});

test('a foreign Asterisk, which does not know our password, has taken the port', async () => {
  const ready = untilReady(await sandbox([{ status: 401 }]), FOREVER, RESOURCES, undefined);
  await expect(ready).rejects.toThrow(PortTakenError);
});

test('a server that says yes to everything has taken the port too', async () => {
  const ready = untilReady(await sandbox([{ status: 200 }]), FOREVER, RESOURCES, undefined);
  await expect(ready).rejects.toThrow(PortTakenError);
});

test('an Asterisk that could not have its SIP port is not ready', async () => {
  const log = "Transport 'loopback' could not be started: Address already in use";
  await expect(untilReady(await sandbox([OWN], log), FOREVER, RESOURCES, undefined)).rejects.toThrow(
    PortTakenError,
  );
});

test('an Asterisk without recordings over ARI is not ready, and its log is told', async () => {
  const ready = untilReady(
    await sandbox([OWN, { status: 404 }], 'no such module'),
    FOREVER,
    RESOURCES,
    undefined,
  );
  await expect(ready).rejects.toThrow(
    new SandboxError("ARI's recordings/stored answers 404. The end of its log:\nno such module"),
  );
});

test('an Asterisk that ends before it is ready is told with its last words and its log', async () => {
  const ready = untilReady(
    await sandbox([{ status: 503 }], 'the log'),
    Promise.resolve('Killed'),
    RESOURCES,
    undefined,
  );
  await expect(ready).rejects.toThrow('Asterisk ended while starting. Killed The end of its log:\nthe log');
});
