/** What a caller hears: a UDP port that gets Asterisk's RTP, and keeps only when something began to be heard. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const RTP_HEADER_BYTES = 12;
const SAMPLES_PER_MS = 8;
/** The payload type µ-law, in a packet's second byte beside the marker bit. */
const PCMU = 0;
/** Asterisk sends a packet every 20 ms while something is played, and none otherwise. */
const PAUSE_MS = 100;
/** Bits 0 to 6 of µ-law, of which a small value is a loud sound: above about -31 dB. */
const LOUD = 0x4f;

export class Ear {
  readonly port: number;
  /** When the caller first heard a sound and not only silence, in epoch ms. */
  firstSound: number | undefined;
  /** When each of the things began that were played, in epoch ms: its first packet. */
  readonly begins: number[] = [];
  readonly #socket: Socket;
  #last = -Infinity;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    // The system's clock, as SIPp's: another would drift from it.
    socket.on('message', (packet) => this.#hear(packet, Date.now()));
  }

  /** Opens an ear on any free port. */
  static async open(): Promise<Ear> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Ear(socket);
  }

  close(): void {
    this.#socket.close();
  }

  #hear(packet: Buffer, now: number): void {
    // RTCP goes to the next port, which may be another caller's ear.
    if ((packet.readUInt8(1) & 0x7f) !== PCMU) return;
    if (now - this.#last > PAUSE_MS) this.begins.push(now);
    this.#last = now;
    if (this.firstSound !== undefined) return;
    const loud = packet.subarray(RTP_HEADER_BYTES).findIndex((sample) => (sample & 0x7f) < LOUD);
    if (loud >= 0) this.firstSound = now + loud / SAMPLES_PER_MS;
  }
}
