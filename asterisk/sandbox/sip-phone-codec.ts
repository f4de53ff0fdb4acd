/** The codecs of the tests' telephone, and how SDP speaks of them. */
import { fromMulaw, MULAW_SILENCE, toMulaw } from './mulaw.ts';

/** Samples, and clock ticks, in a packet of 20 ms. */
export const PACKET_SAMPLES = 160;

/** Payload type of the digits as telephone events (RFC 4733). */
export const EVENT_PAYLOAD = 101;

export interface Codec {
  readonly payload: number;
  /** As in SDP's rtpmap. */
  readonly name: string;
  /** What is sent for these 160 samples. */
  readonly encode: (samples: Int16Array) => Buffer;
  readonly decode: (payload: Buffer) => Int16Array;
}

export const PCMU: Codec = {
  payload: 0,
  name: 'PCMU/8000',
  encode: (samples) => Buffer.from(Uint8Array.from(samples, toMulaw)),
  decode: (payload) => Int16Array.from(payload, fromMulaw),
};

/** Says and hears nothing that has a meaning: packets of the right size, for an Asterisk that can't translate them. */
export const G729: Codec = {
  payload: 18,
  name: 'G729/8000',
  encode: () => Buffer.alloc(20, MULAW_SILENCE),
  decode: (payload) => new Int16Array(payload.length * 8),
};

/** Who sends: `sendonly` and `inactive` are a hold. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Our end's description. `version` grows with each of a call. */
export function describeSound(
  { host, port }: { host: string; port: number },
  codec: Codec,
  { direction, version }: { direction: Direction; version: number },
): string {
  return [
    ...['v=0', `o=phone 1 ${version} IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'],
    `m=audio ${port} RTP/AVP ${codec.payload} ${EVENT_PAYLOAD}`,
    `a=rtpmap:${codec.payload} ${codec.name}`,
    `a=rtpmap:${EVENT_PAYLOAD} telephone-event/8000`,
    `a=fmtp:${EVENT_PAYLOAD} 0-15`,
    ...['a=ptime:20', `a=${direction}`, ''],
  ].join('\r\n');
}

/** The port to which the other end wants its sound. */
export function portOf(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
}
