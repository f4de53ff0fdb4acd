/** What the tests' telephone hears, as a recording: gaps in which nothing came are silence of the same length. */
import { type Codec, PACKET_SAMPLES } from './sip-phone-codec.ts';
import type { Wav } from './wav.ts';

const RATE = 8_000;
const HEADER_BYTES = 12;
/** Less is a packet that was late, not a gap. In samples. */
const GAP = 5 * PACKET_SAMPLES;

/** The part of a recording that one packet is. */
interface Piece {
  readonly at: number;
  readonly samples: Int16Array;
}

export class Ear {
  readonly #codec: Codec;
  readonly #began = performance.now();
  readonly #pieces: Piece[] = [];
  /** Where the last piece ends. */
  #end = 0;
  #closedAt: number | undefined;
  /** The RTP time that follows the last packet. */
  #next: number | undefined;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  hear(packet: Buffer): void {
    if (packet.length < HEADER_BYTES || (packet.readUInt8(1) & 0x7f) !== this.#codec.payload) return;
    const samples = this.#codec.decode(packet.subarray(HEADER_BYTES));
    const time = packet.readUInt32BE(4);
    // A busy test reads late what came in time: then the sender's clock knows better.
    const isNext = time === this.#next;
    const now = this.#now();
    const at = !isNext && now - this.#end > GAP ? now : this.#end;
    this.#pieces.push({ at, samples });
    this.#end = at + samples.length;
    this.#next = (time + samples.length) >>> 0;
  }

  /** The call is over. */
  close(): void {
    this.#closedAt = this.#now();
  }

  /** All from the beginning until now, or the end of the call. */
  recording(): Wav {
    const samples = new Int16Array(Math.max(this.#end, this.#closedAt ?? this.#now()));
    for (const piece of this.#pieces) samples.set(piece.samples, piece.at);
    return { samples, rate: RATE, seconds: samples.length / RATE };
  }

  #now(): number {
    return Math.round(((performance.now() - this.#began) * RATE) / 1000);
  }
}
