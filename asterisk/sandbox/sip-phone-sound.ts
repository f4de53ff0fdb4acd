/** The sound of one call of the tests' telephone: its port, what it says, what it hears. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Codec, describeSound, type Direction, portOf } from './sip-phone-codec.ts';
import { Ear } from './sip-phone-ear.ts';
import { Mouth } from './sip-phone-mouth.ts';

export class Sound {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #codec: Codec;
  #version = 0;
  #direction: Direction = 'sendrecv';
  /** Where Asterisk wants what is said. */
  #farPort = 0;
  #open: { mouth: Mouth; ear: Ear } | undefined;

  private constructor(socket: Socket, host: string, codec: Codec) {
    this.#socket = socket;
    this.#host = host;
    this.#codec = codec;
    socket.on('message', (packet) => this.#open?.ear.hear(packet));
  }

  static async bind(host: string, codec: Codec): Promise<Sound> {
    const socket = createSocket('udp4').bind(0, host);
    await once(socket, 'listening');
    return new Sound(socket, host, codec);
  }

  /** A description for Asterisk: from now on, sound goes in this direction. */
  describe(direction = this.#direction): string {
    this.#direction = direction;
    if (this.#open) this.#open.mouth.held = direction !== 'sendrecv';
    const { port } = this.#socket.address();
    return describeSound({ host: this.#host, port }, this.#codec, { direction, version: ++this.#version });
  }

  /** Takes Asterisk's description. */
  aim(sdp: string): void {
    this.#farPort = portOf(sdp) || this.#farPort;
  }

  /** The call is answered: says silence, and hears. */
  begin(): void {
    const send = (packet: Buffer) => this.#socket.send(packet, this.#farPort, this.#host);
    this.#open = { mouth: new Mouth(this.#codec, send), ear: new Ear(this.#codec) };
  }

  /** @throws Error before {@link begin} */
  get mouth(): Mouth {
    return this.#begun.mouth;
  }

  /** @throws Error before {@link begin} */
  get ear(): Ear {
    return this.#begun.ear;
  }

  /** Safe to call once. */
  close(): void {
    this.#open?.mouth.close();
    this.#open?.ear.close();
    this.#socket.close();
  }

  get #begun(): { mouth: Mouth; ear: Ear } {
    if (!this.#open) throw new Error('the call is not answered yet');
    return this.#open;
  }
}
