/**
 * HTTP to Asterisk over node:http(s), for every ARI operation: kept-alive sockets, not too many of them,
 * a time limit on each request, and a rejection whenever the answer does not come whole.
 */
import http from 'node:http';
import https from 'node:https';
import { AriError } from './ari-error.ts';

/** Asterisk answers in milliseconds; one that takes longer than this is not coming back. */
const ANSWER_LIMIT_MS = 5_000;

/** Hours of speech; a server that never ends its answer must not fill the memory. */
const LONGEST_ANSWER_BYTES = 256 * 1024 * 1024;

const AGENT_OPTIONS: http.AgentOptions = {
  keepAlive: true,
  // Asterisk refuses more than `sessionlimit` (100) sessions, and other clients need some too.
  maxSockets: 32,
  // Asterisk drops a quiet socket after `session_keep_alive` (15 s). Being first means that a request
  // never travels on a socket that is being closed.
  timeout: 10_000,
};

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly data: Buffer;
}

export class HttpClient {
  readonly #http = new http.Agent(AGENT_OPTIONS);
  readonly #https = new https.Agent(AGENT_OPTIONS);

  /**
   * Sends one request and reads the whole answer, whatever its status.
   * @throws AriError without a status when there was no answer
   */
  send({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const secure = url.startsWith('https:');
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(limit);
        reject(new AriError(`${method} ${pathOf(url)}: ${reason}`));
      };
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
              clearTimeout(limit);
              resolve({ status: response.statusCode ?? 0, data: Buffer.concat(chunks) });
            });
        },
      );
      const limit = setTimeout(() => {
        fail(`no answer within ${ANSWER_LIMIT_MS / 1000} s`);
        request.destroy();
      }, ANSWER_LIMIT_MS);
      request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message)).end(body);
    });
  }

  /** Closes every socket. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** A URL without host and query, for messages: a query may hold what is nobody's business. */
function pathOf(url: string): string {
  return new URL(url).pathname;
}
