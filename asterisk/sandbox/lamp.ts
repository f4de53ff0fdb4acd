/** A telephone's message-waiting lamp, as a SIP phone sees it: subscribes for real and reads the NOTIFYs. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Sandbox } from './sandbox.ts';

/** What a NOTIFY says. */
export interface LampState {
  /** `Messages-Waiting` */
  readonly lit: boolean;
  readonly newMessages: number;
  readonly oldMessages: number;
}

const ANSWER_LIMIT = 5000;

/** The lamp of one telephone. */
export class Lamp implements Disposable {
  /** What Asterisk last said; undefined before the first NOTIFY. */
  state: LampState | undefined;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Subscribes to the lamp of the account `username`: 101 has mailbox 305@default, 102 has 306@default. Rejects when
   * Asterisk refuses, or does not answer within 5 s.
   */
  static async watch({ sip }: Pick<Sandbox, 'sip'>, username: string): Promise<Lamp> {
    const socket = createSocket('udp4').bind(0, sip.host);
    await once(socket, 'listening');
    const lamp = new Lamp(socket);
    try {
      const answer = new Promise<string>((resolve) => {
        socket.on('message', (data, from) => {
          const message = data.toString();
          if (message.startsWith('NOTIFY')) lamp.#notified(message, from);
          else resolve(message.split('\r\n', 1)[0] ?? '');
        });
      });
      socket.send(subscription(sip, username, socket.address().port), sip.port, sip.host);
      const timeout = AbortSignal.timeout(ANSWER_LIMIT);
      const status = await Promise.race([answer, once(timeout, 'abort').then(() => 'no answer')]);
      if (!status.includes(' 200 '))
        throw new Error(`The subscription to the lamp of ${username} got: ${status}`);
      return lamp;
    } catch (error) {
      lamp.close();
      throw error;
    }
  }

  #notified(message: string, from: RemoteInfo): void {
    const [, newMessages = '0', oldMessages = '0'] = /^Voice-Message: (\d+)\/(\d+)/m.exec(message) ?? [];
    this.state = {
      lit: /^Messages-Waiting: yes/m.test(message),
      newMessages: Number(newMessages),
      oldMessages: Number(oldMessages),
    };
    const repeated = message.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
    const ok = ['SIP/2.0 200 OK', ...repeated, 'Content-Length: 0', '', ''].join('\r\n');
    this.#socket.send(ok, from.port, from.address);
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** From the endpoint that needs no password; whose lamp it is stands in the address. */
function subscription({ host, port }: Sandbox['sip'], username: string, ownPort: number): string {
  return [
    `SUBSCRIBE sip:${username}@${host}:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${host}:${ownPort};branch=z9hG4bK${randomUUID()}`,
    `From: <sip:sipp@${host}>;tag=lamp`,
    `To: <sip:${username}@${host}>`,
    `Call-ID: ${randomUUID()}`,
    'CSeq: 1 SUBSCRIBE',
    `Contact: <sip:sipp@${host}:${ownPort}>`,
    'Event: message-summary',
    'Accept: application/simple-message-summary',
    'Expires: 3600',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
