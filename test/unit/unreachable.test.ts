/** Why Asterisk can't be reached, where no server can be made to bring it about. */
import { expect, test } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { unreachable } from '../../src/ari/unreachable.ts';

test.for(['CERT_REVOKED', 'INVALID_PURPOSE', 'EE_KEY_TOO_SMALL', 'CERT_CHAIN_TOO_LONG'])(
  'whatever else TLS finds wrong with a certificate, as %s, is not taken for nobody who answers',
  (code) => {
    const error = new AriError(`GET /ari/asterisk/info: ${code}`, undefined, code);
    expect(unreachable('https://pbx:8089', error).message).toBe(
      `the certificate of ARI_URL=https://pbx:8089 can not be used (${code}): the server needs another`,
    );
  },
);
