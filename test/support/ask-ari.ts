/** Asks the sandbox's Asterisk itself, past all that a test puts between it and the daemon. */
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';

const ANSWER_MS = 10_000;

/** @throws Error when there is no such thing */
export async function askAri<T>({ ari }: Pick<Sandbox, 'ari'>, path: string): Promise<T> {
  const authorization = `Basic ${Buffer.from(`${ari.username}:${ari.password}`).toString('base64')}`;
  const signal = AbortSignal.timeout(ANSWER_MS);
  const response = await fetch(`${ari.url}/ari/${path}`, { headers: { authorization }, signal });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return (await response.json()) as T;
}
