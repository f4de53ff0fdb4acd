/**
 * `/healthz` and `/metrics` for the machine the daemon runs on. Whoever asks, and however, the calls do not
 * suffer: every connection has a time limit, there are few of them, and no error leaves this file but at the start.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './log.ts';

const LOOPBACK = '127.0.0.1';
/** To send a whole request; and, for a connection, to be quiet. */
const PATIENCE_MS = 3_000;
const MAX_CONNECTIONS = 32;

/** A page of some web site, whose name was made to point here, sends that name. HTTP/1.0 may send none. */
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** The port cannot be listened on: the settings must change. */
export class HealthPortError extends Error {
  override readonly name = 'HealthPortError';
}

export interface HealthServerOptions {
  /** 0 = any that is free. */
  readonly port: number;
  /** Why a call would not be taken now, in a few words; undefined if it would be. */
  readonly unavailable: () => string | undefined;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly log: Logger;
}

export interface HealthServer {
  readonly port: number;
  /** Frees the port and ends every connection at once. */
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Starts to answer.
 * @throws HealthPortError if the port is in use, or not allowed
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { log } = options;
  const server = http.createServer(
    {
      headersTimeout: PATIENCE_MS,
      requestTimeout: PATIENCE_MS,
      keepAliveTimeout: PATIENCE_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void respond(request, response, options),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Also for those who take no answer.
  server.setTimeout(PATIENCE_MS);
  await listen(server, options.port);
  // As when no file descriptor is left for a connection.
  server.on('error', (error) => log.warn({ err: error }, 'Could not take a connection for /healthz'));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = ({ code }: NodeJS.ErrnoException) =>
      reject(
        new HealthPortError(
          `VM_HEALTH_PORT=${port} cannot be used (${code}): it must be a port of ${LOOPBACK} that is free; empty = none`,
        ),
      );
    server.once('error', refused);
    server.listen(port, LOOPBACK, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

async function respond(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const { status, type, body } = await answer(request, options).catch((error: unknown) => {
    options.log.error({ err: error }, 'Could not answer a request for /healthz or /metrics');
    return plain(500, 'internal error');
  });
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(body);
}

async function answer(
  { method, url = '', headers }: http.IncomingMessage,
  { unavailable, metrics }: HealthServerOptions,
): Promise<Answer> {
  if (headers.host !== undefined && !LOOPBACK_HOST.test(headers.host)) return plain(421, 'not this host');
  const path = url.replace(/\?.*$/s, '');
  if (path !== '/healthz' && path !== '/metrics') return plain(404, 'only /healthz and /metrics');
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD');
  if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.text() };
  const reason = unavailable();
  return reason === undefined ? json(200, { status: 'ok' }) : json(503, { status: 'unavailable', reason });
}

const plain = (status: number, text: string): Answer => ({ status, type: 'text/plain', body: `${text}\n` });

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});
