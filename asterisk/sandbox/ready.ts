/** Waits until a sandbox's Asterisk really serves: ARI with our own account, its recordings, and SIP. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from './sandbox.ts';
import { SandboxError } from './sandbox-error.ts';

/** Another program has one of the ports; a start with other ports can succeed. */
export class PortTakenError extends SandboxError {
  override name = 'PortTakenError';
}

/** Longest start of Asterisk that is waited for, in ms; it takes about 500. */
const READY_LIMIT = 20_000;
const POLL_INTERVAL = 25;

/**
 * Each of ARI's `resources` must answer 200. Throws PortTakenError, or SandboxError with the end of Asterisk's log.
 * `ended`: Asterisk's own end, from guard().
 */
export async function untilReady(
  sandbox: Pick<Sandbox, 'dir' | 'ari' | 'logTail'>,
  ended: Promise<string>,
  resources: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const limit = Date.now() + READY_LIMIT;
  let console: string | undefined;
  void ended.then((text) => (console = text));
  const failure = async (what: string) =>
    new SandboxError(`${what} The end of its log:\n${await sandbox.logTail()}`);

  // While it boots, Asterisk refuses the connection, then answers 404, then 503.
  let spool = await get(sandbox.ari, 'asterisk/variable?variable=ASTSPOOLDIR');
  while (spool.status !== 200) {
    signal?.throwIfAborted();
    if (spool.status === 401) break;
    if (console !== undefined) throw await failure(`Asterisk ended while starting. ${console}`);
    if (Date.now() > limit) {
      const last = spool.status || 'no answer';
      throw await failure(
        `Asterisk did not serve ARI within ${READY_LIMIT / 1000} s (last status: ${last}).`,
      );
    }
    await delay(POLL_INTERVAL);
    spool = await get(sandbox.ari, 'asterisk/variable?variable=ASTSPOOLDIR');
  }
  if (!spool.body.includes(sandbox.dir)) {
    throw new PortTakenError(`Another program serves ${sandbox.ari.url}, the port of the sandbox's ARI.`);
  }
  const log = await sandbox.logTail();
  if (log.includes('Address already in use')) {
    throw new PortTakenError(`Another program took the sandbox's SIP port first.\n${log}`);
  }
  for (const resource of resources) {
    const { status } = await get(sandbox.ari, resource);
    if (status !== 200) throw await failure(`ARI's ${resource} answers ${status}.`);
  }
}

/** Status 0 when there was no answer. */
async function get(ari: Sandbox['ari'], path: string): Promise<{ status: number; body: string }> {
  const authorization = `Basic ${Buffer.from(`${ari.username}:${ari.password}`).toString('base64')}`;
  try {
    const signal = AbortSignal.timeout(2000);
    const response = await fetch(`${ari.url}/ari/${path}`, { headers: { authorization }, signal });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 0, body: '' };
  }
}
