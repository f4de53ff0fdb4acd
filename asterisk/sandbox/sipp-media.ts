/** What a SIPp caller sends as RTP: voice as µ-law, and pressed digits as RFC 4733 telephone events. */
import { writeFile } from 'node:fs/promises';
import { MULAW_SILENCE, toMulaw } from './mulaw.ts';
import { readWav } from './wav.ts';

/** Payload type of the telephone events; the scenario's SDP says the same. */
export const EVENT_PAYLOAD = 101;

/**
 * How SIPp is told to send a file of events. It can only send codecs it knows (its own ways to send digits need raw
 * sockets, that is root), so the events travel as if they were iLBC: packets of 50 bytes, one every 30 ms, whose
 * first 4 are the event. Receivers read no further; their clock goes on from packet to packet, which Asterisk accepts.
 */
export const EVENT_CODEC = 'iLBC/8000';
const PACKET_BYTES = 50;
const PACKET_TICKS = 240;
const PACKETS = 4;

/** Time that a press takes on the wire, in ms, with something to spare. */
export const PRESS_MS = PACKETS * 30 + 40;

const EVENTS = '0123456789*#ABCD';
const VOLUME = 10; // -10 dBm0
const END = 0x80;

/** Writes one press of `digit` as a file for SIPp's rtp_stream. Throws RangeError when there is no such digit. */
export async function writePress(path: string, digit: string): Promise<void> {
  const event = EVENTS.indexOf(digit);
  if (event < 0 || digit.length !== 1) throw new RangeError(`"${digit}" is no digit of a telephone`);
  const file = Buffer.alloc(PACKETS * PACKET_BYTES);
  for (let packet = 0; packet < PACKETS; packet++) {
    const isLast = packet === PACKETS - 1;
    // Only one packet has the end bit: with the clock going on, a repeated one would be a second press.
    file.writeUInt8(event, packet * PACKET_BYTES);
    file.writeUInt8(isLast ? END | VOLUME : VOLUME, packet * PACKET_BYTES + 1);
    file.writeUInt16BE((packet + 1) * PACKET_TICKS, packet * PACKET_BYTES + 2);
  }
  await writeFile(path, file);
}

/** Bytes of µ-law that SIPp sends in one packet; it reads past the end of a file that is no multiple of it. */
const VOICE_BYTES = 160;

/** Writes one packet of silence, which SIPp repeats. */
export async function writeSilence(path: string): Promise<void> {
  await writeFile(path, Buffer.alloc(VOICE_BYTES, MULAW_SILENCE));
}

/** Writes the WAV file `wav` (mono, 16 bit, 8 kHz) as µ-law. Throws when it has another rate. */
export async function writeVoice(path: string, wav: string): Promise<void> {
  const { samples, rate } = await readWav(wav);
  if (rate !== 8000) throw new RangeError(`${wav} has ${rate} Hz; a call has 8000`);
  const file = Buffer.alloc(Math.ceil(samples.length / VOICE_BYTES) * VOICE_BYTES, MULAW_SILENCE);
  samples.forEach((sample, i) => file.writeUInt8(toMulaw(sample), i));
  await writeFile(path, file);
}
