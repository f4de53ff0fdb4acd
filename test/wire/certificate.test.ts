/** An Asterisk behind TLS whose certificate is signed by nobody that we know: the log says what to do about it. */
import { expect, test, vi } from 'vitest';
import { BackOff } from '../../src/ari/back-off.ts';
import { makeCertificates } from '../support/certificate.ts';
import { KeptConnection, until } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const { server: ofPrivateCa, ca } = makeCertificates();

test.for([
  ['by a private CA', ofPrivateCa, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['and sent with its CA', { ...ofPrivateCa, cert: ofPrivateCa.cert + ca }, 'SELF_SIGNED_CERT_IN_CHAIN'],
] as const)(
  'a certificate %s is one warning that names NODE_EXTRA_CA_CERTS',
  async ([, certificate, code]) => {
    const pauses = vi.spyOn(BackOff.prototype, 'next').mockReturnValue(1);
    const server = new MisbehavingServer(certificate);
    await server.listen();
    const kept = new KeptConnection(server);
    try {
      await until('some attempts', () => pauses.mock.calls.length >= 3);
      expect(kept.told).toEqual([]);
      expect(kept.complaints).toEqual([
        `the certificate of ARI_URL=${server.url} is not trusted (${code}): NODE_EXTRA_CA_CERTS in the environment ` +
          '(not in .env) must name a file with the certificate of its CA',
      ]);
    } finally {
      pauses.mockRestore();
      await kept.close();
      await server.close();
    }
  },
);

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
