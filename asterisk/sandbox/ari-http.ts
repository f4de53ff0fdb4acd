/**
 * Sends commands to ARI over a few kept connections. Not fetch(), which opens one for each command under way:
 * Asterisk refuses those beyond a hundred, and hundreds of callers must leave room for the daemon that is tested.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Where Asterisk's ARI is, and as whom to log in. */
export interface AriAccount {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Asterisk refused a command; `status` is HTTP's. */
export class AriRefusal extends Error {
  override name = 'AriRefusal';
  readonly status: number;

  constructor(command: string, status: number, answer: string) {
    super(`${command}: ${status} ${answer}`);
    this.status = status;
  }
}

/** Time limit of one command, in ms, once it has a connection. */
const COMMAND_LIMIT = 10_000;
const CONNECTIONS = 16;

export class AriHttp {
  readonly #account: AriAccount;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(account: AriAccount) {
    this.#account = account;
  }

  /** @throws AriRefusal when Asterisk refuses the command; another Error when it does not answer. */
  async send(method: string, path: string, body: object): Promise<void> {
    const { url, username, password } = this.#account;
    const json = JSON.stringify(body);
    const [status, answer] = await new Promise<[number, string]>((resolve, reject) => {
      const sent = request(`${url}/ari${path}`, {
        method,
        agent: this.#agent,
        auth: `${username}:${password}`,
        // Node leaves the length out for DELETE, and Asterisk would take the body for the next command.
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) },
        timeout: COMMAND_LIMIT,
      });
      sent.on('response', (response) => {
        text(response).then((answer) => resolve([response.statusCode ?? 0, answer]), reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${COMMAND_LIMIT} ms`)));
      sent.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`, { cause: error })));
      sent.end(json);
    });
    if (status >= 300) throw new AriRefusal(`${method} ${path}`, status, answer);
  }

  close(): void {
    this.#agent.destroy();
  }
}
