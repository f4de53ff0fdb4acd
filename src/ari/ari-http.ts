/** Requests to ARI: where a resource is, what Asterisk says of an error, and never a word of the password. */
import { AriError } from './ari-error.ts';
import type { AriSettings } from './ari-settings.ts';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http.ts';

/** An error's body is a line or a page: no more than this is looked at, in bytes, and shown, in characters. */
const LONGEST_ERROR = 10_000;
const LONGEST_REASON = 200;

export class AriHttp {
  readonly #client: HttpClient;
  /** As a server, or a proxy before it, may show them in its error. */
  readonly #secrets: readonly string[];

  constructor({ ariUrl, ariUsername, ariPassword }: AriSettings) {
    const token = Buffer.from(`${ariUsername}:${ariPassword}`).toString('base64');
    this.authorization = `Basic ${token}`;
    this.#client = new HttpClient(ariUrl, this.authorization);
    this.#secrets = [token, ariPassword, encodeURIComponent(ariPassword)].filter((secret) => secret !== '');
  }

  /** The value of the header, for the events' WebSocket. */
  readonly authorization: string;

  /**
   * Asks for a resource below `/ari`.
   * @param path its parts, which are encoded here, and so are the query's
   * @throws AriError with Asterisk's status, if that says that it did not do it
   */
  async request(
    method: string,
    path: readonly string[],
    query?: Readonly<Record<string, string | number>>,
    more?: Pick<HttpRequest, 'body' | 'limitMs' | 'longestBytes' | 'read'>,
  ): Promise<HttpAnswer> {
    return this.send({ method, path: encode(path, query), ...more });
  }

  /**
   * The same, of what is encoded already.
   * @throws AriError
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#client.send(request);
    const { status, data } = answer;
    if (status >= 200 && status <= 299) return answer;
    const resource = request.path.replace(/\?.*$/, '');
    throw new AriError(`${request.method} ${resource}: ${status} ${this.wordsOf(data)}`, status);
  }

  /** The status of the answer, whatever it is. @throws AriError if there is none */
  async statusOf(request: HttpRequest): Promise<number> {
    return (await this.#client.send(request)).status;
  }

  /** Asterisk's own words, in one line: usually `{"message": "..."}`, sometimes HTML or a bare string. */
  wordsOf(data: Buffer): string {
    const said = messageOf(data.toString('utf8', 0, LONGEST_ERROR).trim());
    const shown = this.#secrets.reduce((words, secret) => words.replaceAll(secret, '***'), said);
    return shown.slice(0, LONGEST_REASON).replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
  }

  /** Resolves when no request is under way, or after `limitMs`. */
  idle(limitMs: number): Promise<void> {
    return this.#client.idle(limitMs);
  }

  /** Closes all connections; requests reject from now on. */
  close(): void {
    this.#client.close();
  }
}

function encode(path: readonly string[], query: Readonly<Record<string, string | number>> = {}): string {
  try {
    let text = '/ari';
    for (const part of path) text += `/${encodeURIComponent(part)}`;
    let separator = '?';
    for (const [name, value] of Object.entries(query)) {
      text += `${separator}${name}=${encodeURIComponent(value)}`;
      separator = '&';
    }
    return text;
  } catch {
    throw new AriError(`/ari/${path[0]}: half a character can not be sent`);
  }
}

function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (body instanceof Object && 'message' in body && typeof body.message === 'string') return body.message;
  } catch {
    // Not JSON: shown as it is.
  }
  return text;
}
