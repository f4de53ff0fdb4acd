/**
 * A private certificate authority and a server's certificate that it has signed, made in memory: node:crypto
 * reads certificates but does not make them, and a test must not need `openssl`. Just enough of X.509 and DER.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** As node:tls takes it. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const hex = (bytes: string) => Buffer.from(bytes, 'hex');
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const octets = (...parts: readonly Buffer[]) => der(0x04, ...parts);
const integer = (n: number) => der(0x02, Buffer.from([n]));
const bits = (bytes: Buffer) => der(0x03, Buffer.from([0]), bytes);
const time = (date: Date) => der(0x17, Buffer.from(date.toISOString().replace(/^..|[-:T]|\.\d+/g, '')));
const name = (common: string) =>
  sequence(der(0x31, sequence(der(0x06, hex('550403')), der(0x0c, Buffer.from(common)))));

const ECDSA_SHA256 = sequence(der(0x06, hex('2a8648ce3d040302')));
/** basicConstraints, critical: CA. */
const IS_CA = sequence(
  der(0x06, hex('551d13')),
  der(0x01, hex('ff')),
  octets(sequence(der(0x01, hex('ff')))),
);
/** subjectAltName: 127.0.0.1, or a name. */
const isFor = (host: Buffer) => sequence(der(0x06, hex('551d11')), octets(sequence(host)));
const LOOPBACK = der(0x87, hex('7f000001'));
const dns = (host: string) => der(0x82, Buffer.from(host));

const DAY_MS = 86_400_000;

interface Request {
  readonly serial: number;
  readonly subject: string;
  readonly key: KeyObject;
  readonly extension: Buffer;
  /** In days from now. */
  readonly from?: number;
  readonly to?: number;
}

function issue(
  { serial, subject, key, extension, from = -1, to = 1 }: Request,
  issuer: string,
  issuerKey: KeyObject,
): string {
  const now = Date.now();
  const contents = sequence(
    der(0xa0, integer(2)),
    integer(serial),
    ECDSA_SHA256,
    name(issuer),
    sequence(...[from, to].map((days) => time(new Date(now + days * DAY_MS)))),
    name(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = bits(sign('sha256', contents, issuerKey));
  const base64 = sequence(contents, ECDSA_SHA256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** What may be wrong with a server's certificate. */
export interface CertificateFault {
  /** In days from now. */
  readonly from?: number;
  readonly to?: number;
  /** For this host, in place of 127.0.0.1. */
  readonly host?: string;
  readonly isSelfSigned?: boolean;
}

/** A new CA's certificate, as PEM, and a certificate by it for a server on 127.0.0.1; both for a day. */
export function makeCertificates({ host, isSelfSigned, ...days }: CertificateFault = {}): {
  readonly ca: string;
  readonly server: Certificate;
} {
  const [ca, server] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  if (!ca || !server) throw new Error('no keys');
  const authority = { serial: 1, subject: 'vm-record test CA', key: ca.publicKey, extension: IS_CA };
  const subject = host ?? '127.0.0.1';
  const extension = isFor(host === undefined ? LOOPBACK : dns(host));
  const request = { ...days, serial: 2, subject, key: server.publicKey, extension };
  return {
    ca: issue(authority, authority.subject, ca.privateKey),
    server: {
      key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      cert: isSelfSigned
        ? issue(request, subject, server.privateKey)
        : issue(request, authority.subject, ca.privateKey),
    },
  };
}
