/**
 * Cures for swagger-client 2.0.26, on which ari-client stands. As shipped, its operations have no time
 * limit, never settle when the connection breaks, lose the status of an error, open any number of sockets,
 * and it prints a banner on stdout. All of its HTTP goes through `SwaggerHttp.prototype.execute`.
 */
import { createRequire } from 'node:module';
import { AriError } from './ari-error.ts';
import type { HttpClient } from './http.ts';

/** What swagger-client hands to `execute`. */
interface SwaggerHttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly on: {
    response(answer: { status: number; data: Buffer }): void;
    /** ari-client rejects with this very object, unless it has a `data` field. */
    error(error: AriError): void;
  };
}

interface SwaggerClient {
  readonly SwaggerHttp?: { readonly prototype: { execute?: (request: SwaggerHttpRequest) => void } };
}

/**
 * Routes all of swagger-client's HTTP through `http`, and to `origin`: Asterisk's API description says
 * `http://` even when it is served over TLS. Throws if swagger-client has another shape.
 */
export function cureSwaggerClient(http: HttpClient, origin: string): void {
  const require = createRequire(createRequire(import.meta.url).resolve('ari-client'));
  const prototype = (require('swagger-client') as SwaggerClient).SwaggerHttp?.prototype;
  if (typeof prototype?.execute !== 'function') {
    throw new Error('swagger-client has no SwaggerHttp.prototype.execute: ari-client must be 2.2.0');
  }
  // The banner is printed by a global function that swagger-client makes by accident.
  (globalThis as { log?: unknown }).log = () => {};
  prototype.execute = (request) => void execute(http, origin, request);
}

async function execute(http: HttpClient, origin: string, request: SwaggerHttpRequest): Promise<void> {
  try {
    const { pathname, search } = new URL(request.url);
    const { status, data } = await http.send({ ...request, url: origin + pathname + search });
    if (status < 200 || status > 299) {
      throw new AriError(`${request.method} ${pathname}: ${status} ${reason(data)}`, status);
    }
    request.on.response({ status, data });
  } catch (error) {
    const ours = error instanceof AriError ? error : new AriError(`unreadable answer: ${String(error)}`);
    try {
      request.on.error(ours);
    } catch {
      // While it loads the API's description, swagger-client reports the error and then throws it as well.
    }
  }
}

/** Asterisk's own words: usually `{"message": "..."}`, sometimes HTML or a bare string. */
function reason(data: Buffer): string {
  const text = data.toString('utf8').trim();
  try {
    const body: unknown = JSON.parse(text);
    if (body instanceof Object && 'message' in body) return String(body.message);
  } catch {
    // Not JSON: shown as it is.
  }
  return text.slice(0, 200);
}
