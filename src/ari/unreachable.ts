/** Why Asterisk can't be reached, in words that say what would be right. */
import { AriError } from './ari-error.ts';

/** Of certificates that nobody whom we trust has signed. */
const NOT_TRUSTED = [
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_UNTRUSTED'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
];
const CA_FILE = 'NODE_EXTRA_CA_CERTS in the environment (not in .env) must name a file with';

/** What is wrong with a certificate, and what would be right, by the name that TLS has for it. */
const CERTIFICATE_FAULTS: Readonly<Record<string, readonly [wrong: string, right: string]>> = {
  ...Object.fromEntries(
    NOT_TRUSTED.map((code) => [code, ['is not trusted', `${CA_FILE} the certificate of its CA`]]),
  ),
  DEPTH_ZERO_SELF_SIGNED_CERT: ['is not trusted', `it is self-signed, so ${CA_FILE} this very certificate`],
  CERT_HAS_EXPIRED: [
    'has expired',
    'the server needs a new one, or one of a CA that has not expired; or is the clock of this machine wrong?',
  ],
  CERT_NOT_YET_VALID: ['is not valid yet', 'is the clock of this machine right?'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'is for another host',
    'ARI_URL must name the host as the certificate does, or the server needs one for this name',
  ],
};
/** Others that OpenSSL finds wrong, as CERT_REVOKED, INVALID_PURPOSE and EE_KEY_TOO_SMALL. */
const OTHER_FAULT = /^(?:CERT_|INVALID_|EE_|CA_|CRL_|UNABLE_TO_|PATH_LENGTH|HOSTNAME_|ERR_TLS_CERT)/;

export function unreachable(ariUrl: string, error: unknown): AriError {
  const code = (error instanceof AriError && error.code) || '';
  const certificate = CERTIFICATE_FAULTS[code];
  if (certificate) {
    // Without the request.
    const said = reasonOf(error).replace(/^.*?: /, '');
    const [wrong, right] = certificate;
    return new AriError(`the certificate of ARI_URL=${ariUrl} ${wrong} (${said}): ${right}`);
  }
  if (OTHER_FAULT.test(code))
    return new AriError(
      `the certificate of ARI_URL=${ariUrl} can not be used (${code}): the server needs another`,
    );
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new AriError(`the host of ARI_URL=${ariUrl} is not known here (${code}): is its name right?`);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return new AriError(`what answers at ARI_URL=${ariUrl} speaks no TLS: is it http://?`);
  // What speaks TLS closes a connection on which it does not hear any.
  const isClosed = /(?:not HTTP|is closed|ECONNRESET)$/.test(reasonOf(error));
  const hint =
    isClosed && ariUrl.startsWith('http:')
      ? 'is it https://?'
      : 'is Asterisk running, with http.conf enabled?';
  return new AriError(`nothing answers at ARI_URL=${ariUrl} (${reasonOf(error)}): ${hint}`);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
