/** A real Asterisk behind TLS, with a certificate by a private CA: the daemon connects by https and wss. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { makeCertificates } from '../support/certificate.ts';
import { daemonSettings } from '../support/real-stage.ts';
import { startTlsProxy, type TlsProxy } from '../support/tls-proxy.ts';
import { callAndBeAccepted } from '../support/accepted-call.ts';

const { ca, server } = makeCertificates();
let sandbox: Sandbox;
let proxy: TlsProxy;

beforeAll(async () => {
  sandbox = await startSandbox();
  proxy = await startTlsProxy(server, Number(new URL(sandbox.ari.url).port));
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await sandbox.stop();
});

/** A daemon whose Node trusts the CA in this file, too; empty: nobody's. */
function start(caFile: string, log: DaemonLog) {
  const settings = { ...daemonSettings(sandbox), ARI_URL: proxy.url, NODE_EXTRA_CA_CERTS: caFile };
  return startDaemonProcess({ ...settings, VM_PROMPTS: 'off' }, (line) => log.write(line));
}

test('with the CA in NODE_EXTRA_CA_CERTS it takes a call', async () => {
  const file = join(sandbox.dir, 'ca.pem');
  await writeFile(file, ca);
  const log = new DaemonLog();
  const daemon = start(file, log);
  try {
    await daemon.ready;
    await callAndBeAccepted(sandbox, log);
  } finally {
    expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
  }
});

test('without the CA it says once what to do, and goes on trying', async () => {
  const log = new DaemonLog();
  const before = proxy.refused;
  const daemon = start('', log);
  try {
    await expect.poll(() => proxy.refused - before, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  } finally {
    expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
  }
  const warnings = log.lines.filter(({ level }) => level !== 'info');
  expect(warnings).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'Cannot connect to Asterisk: trying again',
      reason: expect.stringMatching(/not trusted .*NODE_EXTRA_CA_CERTS/) as string,
    }),
  ]);
});
