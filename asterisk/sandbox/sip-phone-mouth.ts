/** What the tests' telephone sends: a packet every 20 ms, of speech, of a pressed key, of silence, or none at all. */
import { randomInt } from 'node:crypto';
import { type Codec, EVENT_PAYLOAD, PACKET_SAMPLES } from './sip-phone-codec.ts';

const PACKET_MS = 20;
/** How often it is looked whether a packet is due: timers are late at times, and the packets then come in a row. */
const LOOK_MS = 5;

const KEYS = '0123456789*#ABCD';
/** A press, and the silence after it, in packets. */
const PRESS_PACKETS = 5;
const PAUSE_PACKETS = 5;
/** The last packet of a press comes so often, as RFC 4733 wants it. */
const END_PACKETS = 3;
const END = 0x80;
const VOLUME = 10; // -10 dBm0

/** What is to be sent in one turn of 20 ms. */
interface Turn {
  readonly samples?: Int16Array;
  /** A key, and for how many turns it has been held. */
  readonly press?: { readonly key: number; readonly held: number };
  readonly over?: () => void;
}

export class Mouth {
  /** While it is muted, or held, what is said is lost; a key gets through a mute. */
  muted = false;
  held = false;
  readonly #codec: Codec;
  readonly #send: (packet: Buffer) => void;
  readonly #turns: Turn[] = [];
  readonly #failures = new Set<(error: Error) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #began = performance.now();
  readonly #source = randomInt(2 ** 32);
  #turn = 0;
  #sequence = randomInt(2 ** 15);
  /** After a pause a packet says so. */
  #isTalkspurt = true;

  /** Begins to send silence at once. */
  constructor(codec: Codec, send: (packet: Buffer) => void) {
    this.#codec = codec;
    this.#send = send;
    this.#timer = setInterval(() => this.#catchUp(), LOOK_MS);
  }

  /** Speaks after what is being said already; resolves when all of it is sent. @throws Error when the call ends first */
  say(samples: Int16Array): Promise<void> {
    const count = Math.ceil(samples.length / PACKET_SAMPLES);
    const turns = Array.from({ length: count }, (_, i): Turn => {
      const part = new Int16Array(PACKET_SAMPLES);
      part.set(samples.subarray(i * PACKET_SAMPLES, (i + 1) * PACKET_SAMPLES));
      return { samples: part };
    });
    return this.#queue(turns);
  }

  /** Presses a key; resolves when its last packet is sent. @throws Error when the call ends first */
  async press(digit: string): Promise<void> {
    const key = KEYS.indexOf(digit);
    if (key < 0 || digit.length !== 1) throw new RangeError(`"${digit}" is no key of a telephone`);
    const turns = Array.from({ length: PRESS_PACKETS }, (_, i) => ({ press: { key, held: i + 1 } }));
    const pressed = this.#queue(turns);
    this.#turns.push(...Array.from({ length: PAUSE_PACKETS }, () => ({})));
    return pressed;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const fail of this.#failures) fail(new Error('the call ended before all was said'));
    this.#failures.clear();
  }

  #queue(turns: readonly Turn[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failures.add(reject);
      const over = () => {
        this.#failures.delete(reject);
        resolve();
      };
      this.#turns.push(...turns.slice(0, -1), { ...turns.at(-1), over });
    });
  }

  #catchUp(): void {
    const due = (performance.now() - this.#began) / PACKET_MS;
    while (this.#turn < due) this.#take(this.#turns.shift() ?? {});
  }

  #take({ samples, press, over }: Turn): void {
    const now = this.#turn++ * PACKET_SAMPLES;
    if (press && !this.held) this.#sendKey(press, now);
    else if (this.held || this.muted) this.#isTalkspurt = true;
    else {
      this.#sendPacket(
        this.#codec.payload,
        now,
        this.#codec.encode(samples ?? new Int16Array(PACKET_SAMPLES)),
      );
      this.#isTalkspurt = false;
    }
    over?.();
  }

  #sendKey({ key, held }: { key: number; held: number }, now: number): void {
    const isEnd = held === PRESS_PACKETS;
    const event = Buffer.from([key, isEnd ? END | VOLUME : VOLUME, 0, 0]);
    event.writeUInt16BE(held * PACKET_SAMPLES, 2);
    // All packets of a press have the time at which it began.
    const began = now - (held - 1) * PACKET_SAMPLES;
    for (let i = 0; i < (isEnd ? END_PACKETS : 1); i++) {
      this.#isTalkspurt = held === 1;
      this.#sendPacket(EVENT_PAYLOAD, began, event);
    }
  }

  #sendPacket(payload: number, timestamp: number, content: Buffer): void {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80);
    header.writeUInt8((this.#isTalkspurt ? 0x80 : 0) | payload, 1);
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.#source, 8);
    this.#send(Buffer.concat([header, content]));
  }
}
