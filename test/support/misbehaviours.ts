/** How a server fails to answer an HTTP request, by name. */
import { type HostileAnswer, jsonAnswer } from './hostile-server.ts';

const text = (body: string, more: Partial<HostileAnswer> = {}): HostileAnswer => ({
  ...{ status: 200, headers: [], body: Buffer.from(body), framing: 'length' },
  ...more,
});

export const ERRORS: Readonly<Record<string, HostileAnswer>> = {
  '404': text('<html><h1>Not Found</h1></html>', { status: 404 }),
  '500': jsonAnswer({ message: 'Allocation failed' }, 500),
  '503': text('Asterisk not booted', { status: 503 }),
};

/** Answers that have no status, or cannot be trusted. */
export const BROKEN: Readonly<Record<string, HostileAnswer>> = {
  'a truncated body': text('{"half":', { framing: 'half' }),
  'a reset': text('', { framing: 'reset' }),
  'what is no HTTP': text('SSH-2.0-OpenSSH_9.2\r\n', { framing: 'no HTTP' }),
};

export const SILENCE: HostileAnswer = text('', { framing: 'silence' });
export const BAD_JSON: HostileAnswer = text('{"apis": [');
