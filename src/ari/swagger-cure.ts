/**
 * Cures for swagger-client 2.0.26, on which ari-client stands. As shipped, its operations have no time
 * limit, never settle when the connection breaks, lose the status of an error, open any number of sockets,
 * and it prints a banner on stdout. All of its HTTP goes through `SwaggerHttp.prototype.execute`.
 */
import { createRequire } from 'node:module';
import { AriError } from './ari-error.ts';
import type { HttpAnswer, HttpClient } from './http.ts';

/** An error's body is a line or a page: no more than this is looked at, in bytes, and shown, in characters. */
const LONGEST_ERROR = 10_000;
const LONGEST_REASON = 200;

/** What swagger-client hands to `execute`. */
interface SwaggerHttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly on: {
    response(answer: HttpAnswer): void;
    /** ari-client rejects with this very object, unless it has a `data` field. */
    error(error: AriError): void;
  };
}

/** swagger-client's name and password, which it writes into each request. */
interface PasswordAuthorization {
  readonly username: string;
  readonly password: string;
  apply?(request: SwaggerHttpRequest): boolean;
}

interface SwaggerClient {
  readonly SwaggerHttp?: { readonly prototype: { execute?: (request: SwaggerHttpRequest) => void } };
  readonly PasswordAuthorization?: { readonly prototype: PasswordAuthorization };
}

/** Asterisk walks a whole tree of files for this. */
const LIST = '/recordings/stored';
const LIST_LIMIT_MS = 20_000;

/**
 * Routes all of swagger-client's HTTP through `http`, and to `origin`: Asterisk's API description says
 * `http://` even when it is served over TLS. Throws if swagger-client has another shape.
 * @param onError told of each error, before swagger-client makes words of its own of it
 */
export function cureSwaggerClient(
  http: HttpClient,
  origin: string,
  onError: (error: AriError) => void,
): void {
  const require = createRequire(createRequire(import.meta.url).resolve('ari-client'));
  const { SwaggerHttp, PasswordAuthorization } = require('swagger-client') as SwaggerClient;
  const [prototype, authorization] = [SwaggerHttp?.prototype, PasswordAuthorization?.prototype];
  if (typeof prototype?.execute !== 'function' || typeof authorization?.apply !== 'function') {
    throw new Error('swagger-client has not the shape that is cured here: ari-client must be 2.2.0');
  }
  // The banner is printed by a global function that swagger-client makes by accident.
  (globalThis as { log?: unknown }).log = () => {};
  prototype.execute = (request) => {
    const on: SwaggerHttpRequest['on'] = {
      response: (answer) => request.on.response(answer),
      error: (error) => {
        onError(error);
        request.on.error(error);
      },
    };
    void execute(http, origin, { ...request, on });
  };
  // As shipped, every character is cut to its lowest eight bits, so that a password with an umlaut is a wrong one.
  authorization.apply = function (this: PasswordAuthorization, { headers }) {
    headers['Authorization'] = basic(`${this.username}:${this.password}`);
    return true;
  };
}

const BASIC = 'Basic ';
const basic = (credentials: string) => BASIC + Buffer.from(credentials).toString('base64');

async function execute(http: HttpClient, origin: string, request: SwaggerHttpRequest): Promise<void> {
  let answer: HttpAnswer | undefined;
  try {
    const { pathname, search } = new URL(request.url);
    const limitMs = pathname.endsWith(LIST) ? LIST_LIMIT_MS : undefined;
    answer = await http.send({ ...request, url: origin + pathname + search, limitMs });
    const { status, data } = answer;
    if (status < 200 || status > 299) {
      throw new AriError(`${request.method} ${pathname}: ${status} ${reason(data, request)}`, status);
    }
    request.on.response(answer);
  } catch (error) {
    // What JavaScript says of an answer that is no JSON shows a piece of it, too, but not with care.
    const why = answer ? reason(answer.data, request) : String(error);
    const ours = error instanceof AriError ? error : new AriError(`unreadable answer: ${why}`);
    try {
      request.on.error(ours);
    } catch {
      // While it loads the API's description, swagger-client reports the error and then throws it as well.
    }
  }
}

/** Asterisk's own words, in one line: usually `{"message": "..."}`, sometimes HTML or a bare string. */
function reason(data: Buffer, request: SwaggerHttpRequest): string {
  const words = withoutCredentials(messageOf(data.toString('utf8', 0, LONGEST_ERROR).trim()), request);
  return words.slice(0, LONGEST_REASON).replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
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

/** A server, or a proxy before it, may show us our own request in its error. */
function withoutCredentials(text: string, { headers }: SwaggerHttpRequest): string {
  const token = headers['Authorization']?.slice(BASIC.length) ?? '';
  const password = Buffer.from(token, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
  const secrets = [token, password, encodeURIComponent(password)].filter((secret) => secret !== '');
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}
