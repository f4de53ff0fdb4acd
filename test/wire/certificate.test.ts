/** An Asterisk behind TLS whose certificate can't be used: the log says why, and what to do about it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { BackOff } from '../../src/ari/back-off.ts';
import { type Certificate, type CertificateFault, makeCertificates } from '../support/certificate.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const { server: ofPrivateCa, ca } = makeCertificates();

/** The only warning, after some attempts to connect to a server with this certificate. */
async function complaintAbout(certificate: Certificate): Promise<unknown> {
  const pauses = vi.spyOn(BackOff.prototype, 'next').mockReturnValue(1);
  const server = new MisbehavingServer(certificate);
  await server.listen();
  const kept = new KeptConnection(server);
  try {
    await until('some attempts', () => pauses.mock.calls.length >= 3);
    expect(kept.told).toEqual([]);
    expect(kept.complaints).toHaveLength(1);
    return kept.complaints[0];
  } finally {
    pauses.mockRestore();
    await kept.close();
    await server.close();
  }
}

test.for([
  ['by a private CA', ofPrivateCa, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['and sent with its CA', { ...ofPrivateCa, cert: ofPrivateCa.cert + ca }, 'SELF_SIGNED_CERT_IN_CHAIN'],
] as const)(
  'a certificate %s is one warning that names NODE_EXTRA_CA_CERTS',
  async ([, certificate, code]) => {
    expect(await complaintAbout(certificate)).toMatch(
      new RegExp(
        `^the certificate of ARI_URL=\\S+ is not trusted \\(${code}\\): NODE_EXTRA_CA_CERTS in the environment ` +
          '\\(not in .env\\) must name a file with the certificate of its CA$',
      ),
    );
  },
);

test('of a self-signed certificate the warning says that it is its own CA', async () => {
  const reason = await complaintAbout(makeCertificates({ isSelfSigned: true }).server);
  expect(reason).toMatch(
    /^the certificate of ARI_URL=\S+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\): it is self-signed, so NODE_EXTRA_CA_CERTS .* this very certificate$/,
  );
});

// Which CAs are trusted, Node reads once, at its start: these run in a process of their own.
test.for<[string, CertificateFault, RegExp]>([
  [
    'for another host',
    { host: 'pbx.example' },
    /is for another host \(ERR_TLS_CERT_ALTNAME_INVALID, it is for DNS:pbx\.example\): ARI_URL must name the host as the certificate does/,
  ],
  [
    'that has expired',
    { from: -9, to: -2 },
    /has expired \(CERT_HAS_EXPIRED\): the server needs a new one.* is the clock of this machine wrong\?/,
  ],
  [
    'of tomorrow',
    { from: 1, to: 9 },
    /is not valid yet \(CERT_NOT_YET_VALID\): is the clock of this machine right\?/,
  ],
])('a certificate %s, of a CA that is trusted, is one warning that says so', async ([, fault, words]) => {
  const { ca, server } = makeCertificates(fault);
  const folder = await mkdtemp(join(tmpdir(), 'vm-record-ca-'));
  const file = join(folder, 'ca.pem');
  await writeFile(file, ca);
  const asterisk = new MisbehavingServer(server);
  await asterisk.listen();
  const log = new DaemonLog();
  const settings = { ARI_URL: asterisk.url, ARI_PASSWORD: 'S3CRET', NODE_EXTRA_CA_CERTS: file };
  const daemon = startDaemonProcess(settings, (line) => log.write(line));
  daemon.ready.catch(() => {});
  try {
    await vi.waitUntil(() => log.lines.some(({ level }) => level === 'warn'), { timeout: 8_000 });
  } finally {
    expect(await daemon.stop()).toEqual({ status: 0, stderr: '' });
    await asterisk.close();
    await rm(folder, { recursive: true });
  }
  const warnings = log.lines.filter(({ level }) => level !== 'info');
  expect(warnings.map(({ msg, reason }) => [msg, reason])).toEqual([
    ['Cannot connect to Asterisk: trying again', expect.stringMatching(words)],
  ]);
});

test.for([
  ['https', undefined, /speaks no TLS: is it http:/],
  ['http', ofPrivateCa, /is it https:/],
] as const)(
  '%s where the other one is spoken is one warning that says so',
  async ([scheme, certificate, hint]) => {
    const pauses = vi.spyOn(BackOff.prototype, 'next').mockReturnValue(1);
    const server = new MisbehavingServer(certificate);
    await server.listen();
    const kept = new KeptConnection({ url: server.url.replace(/^https?/, scheme) });
    try {
      await until('some attempts', () => pauses.mock.calls.length >= 3);
      expect(kept.complaints).toEqual([expect.stringMatching(hint)]);
    } finally {
      pauses.mockRestore();
      await kept.close();
      await server.close();
    }
  },
);
