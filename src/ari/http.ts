/**
 * HTTP to Asterisk over node:http(s), for every ARI operation: kept-alive sockets, not too many of them,
 * a time limit on each request, and a rejection whenever the answer does not come whole.
 */
import http from 'node:http';
import https from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { within } from '../within.ts';
import { AriError } from './ari-error.ts';

/** Asterisk answers in milliseconds; one that takes longer than this is not coming back. */
const ANSWER_LIMIT_MS = 5_000;

/** Hours of speech; a server that never ends its answer must not fill the memory. */
const LONGEST_ANSWER_BYTES = 256 * 1024 * 1024;

const AGENT_OPTIONS: http.AgentOptions = {
  keepAlive: true,
  // Asterisk refuses more than `sessionlimit` (100) sessions, and other clients need some too. With the events'
  // WebSocket these are 32.
  maxSockets: 31,
  // Asterisk drops a quiet socket after `session_keep_alive` (15 s). Being first means that a request
  // never travels on a socket that is being closed.
  timeout: 10_000,
};

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | undefined;
  /** Time limit of the whole answer in ms, where it may take longer than usual. */
  readonly limitMs?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly data: Buffer;
}

export class HttpClient {
  readonly #http = new http.Agent(AGENT_OPTIONS);
  readonly #https = new https.Agent(AGENT_OPTIONS);
  readonly #underWay = new Set<Promise<HttpAnswer>>();
  readonly #giveUps = new Set<() => void>();
  #closed = false;

  /**
   * Sends one request and reads the whole answer, whatever its status.
   * @throws AriError without a status when there was no answer
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = this.#send(request);
    this.#underWay.add(answer);
    return answer.finally(() => this.#underWay.delete(answer));
  }

  /** Resolves when no request is under way any more, nor one that follows from its answer; or after `limitMs`. */
  async idle(limitMs: number): Promise<void> {
    const until = Date.now() + limitMs;
    while (this.#underWay.size > 0 && Date.now() < until) {
      await within(until - Date.now(), Promise.allSettled(this.#underWay));
      await nextTurn();
    }
  }

  #send({ method, url, headers, body, limitMs = ANSWER_LIMIT_MS }: HttpRequest): Promise<HttpAnswer> {
    const secure = url.startsWith('https:');
    let limit: NodeJS.Timeout | undefined;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(limit);
        this.#giveUps.delete(giveUp);
      };
      const fail = (reason: string, code?: string) => {
        settle();
        reject(new AriError(`${method} ${pathOf(url)}: ${reason}`, undefined, code));
      };
      const giveUp = () => fail('the connection is closed');
      if (this.#closed) return giveUp();
      const request = (secure ? https : http).request(
        url,
        {
          method: method.toUpperCase(),
          agent: secure ? this.#https : this.#http,
          headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response
            .on('data', (chunk: Buffer) => {
              chunks.push(chunk);
              bytes += chunk.length;
              if (bytes <= LONGEST_ANSWER_BYTES) return;
              fail('an answer without end');
              request.destroy();
            })
            .on('error', (error) => fail(error.message))
            .on('end', () => {
              settle();
              resolve({ status: response.statusCode ?? 0, data: Buffer.concat(chunks) });
            });
        },
      );
      limit = setTimeout(() => {
        fail(`no answer within ${limitMs / 1000} s`);
        request.destroy();
      }, limitMs);
      this.#giveUps.add(giveUp);
      request
        .on('error', ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message, code))
        .end(body);
    });
  }

  /** Closes every socket. What is under way, and what is asked for later, rejects at once. */
  close(): void {
    this.#closed = true;
    for (const giveUp of this.#giveUps) giveUp();
    for (const agent of [this.#http, this.#https]) {
      // Those that wait for a socket: destroy() alone would open a new one for each that it closes.
      for (const name of Object.keys(agent.requests)) Reflect.deleteProperty(agent.requests, name);
      agent.destroy();
    }
  }
}

/** A URL without host and query, for messages: a query may hold what is nobody's business. */
function pathOf(url: string): string {
  return new URL(url).pathname;
}
