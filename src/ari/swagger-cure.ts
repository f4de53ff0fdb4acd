/**
 * Cures for swagger-client 2.0.26, on which ari-client stands. As shipped, its operations have no time
 * limit, never settle when the connection breaks, lose the status of an error, open any number of sockets,
 * and it prints a banner on stdout. All of its HTTP goes through `SwaggerHttp.prototype.execute`.
 */
import { createRequire } from 'node:module';
import { AriError } from './ari-error.ts';
import type { AriHttp } from './ari-http.ts';
import type { HttpAnswer } from './http.ts';

/** What swagger-client hands to `execute`. */
interface SwaggerHttpRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly on: {
    response(answer: HttpAnswer): void;
    /** ari-client rejects with this very object, unless it has a `data` field. */
    error(error: AriError): void;
  };
}

interface SwaggerClient {
  readonly SwaggerHttp?: { readonly prototype: { execute?: (request: SwaggerHttpRequest) => void } };
}

/**
 * Routes all of swagger-client's HTTP through `http`, and so to our own origin: Asterisk's API description says
 * `http://` even when it is served over TLS. Throws if swagger-client has another shape.
 * @param onError told of each error, before swagger-client makes words of its own of it
 */
export function cureSwaggerClient(
  http: Pick<AriHttp, 'send' | 'wordsOf'>,
  onError: (error: AriError) => void,
): void {
  const require = createRequire(createRequire(import.meta.url).resolve('ari-client'));
  const { SwaggerHttp } = require('swagger-client') as SwaggerClient;
  const prototype = SwaggerHttp?.prototype;
  if (typeof prototype?.execute !== 'function') {
    throw new Error('swagger-client has not the shape that is cured here: ari-client must be 2.2.0');
  }
  // The banner is printed by a global function that swagger-client makes by accident.
  (globalThis as { log?: unknown }).log = () => {};
  prototype.execute = ({ method, url, body, on }) => {
    const { pathname, search } = new URL(url);
    void execute(http, { method: method.toUpperCase(), path: pathname + search, body }, on, onError);
  };
}

async function execute(
  http: Parameters<typeof cureSwaggerClient>[0],
  request: Parameters<AriHttp['send']>[0],
  on: SwaggerHttpRequest['on'],
  onError: (error: AriError) => void,
): Promise<void> {
  let answer: HttpAnswer | undefined;
  try {
    answer = await http.send(request);
    on.response(answer);
  } catch (error) {
    // What JavaScript says of an answer that is no JSON shows a piece of it, too, but not with care.
    const why = answer ? http.wordsOf(answer.data) : String(error);
    const ours = error instanceof AriError ? error : new AriError(`unreadable answer: ${why}`);
    onError(ours);
    try {
      on.error(ours);
    } catch {
      // While it loads the API's description, swagger-client reports the error and then throws it as well.
    }
  }
}
