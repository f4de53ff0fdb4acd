/** Secrets that systemd hands over in files (LoadCredential=), so that neither `.env` nor the environment holds them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The settings that may come as a file of this name. */
const SECRETS = ['ARI_PASSWORD'];

/**
 * Reads those that are there.
 * @param directory `$CREDENTIALS_DIRECTORY`; nothing if systemd hands over none
 */
export function readCredentials(directory: string | undefined): Record<string, string> {
  if (directory === undefined) return {};
  const found: Record<string, string> = {};
  for (const name of SECRETS) {
    try {
      found[name] = readFileSync(join(directory, name), 'utf8').replace(/\r?\n$/, '');
    } catch {
      // Not handed over: it is in the environment, or has its default.
    }
  }
  return found;
}
