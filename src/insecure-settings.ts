/** Settings with which the daemon works, and which let strangers in: each is one warning at every start. */
import type { Config } from './config.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Of the mode of a file: what others than its owner and its group may do. */
const OTHERS = 0o007;

/**
 * What is not safe, as messages for the log.
 * @param envFileMode of `.env`, if there is one
 */
export function insecureSettings(
  { ariUrl, ariPassword }: Pick<Config, 'ariUrl' | 'ariPassword'>,
  envFileMode: number | undefined,
): string[] {
  const { protocol, hostname } = new URL(ariUrl);
  const warnings: string[] = [];
  if (ariPassword === 'asterisk') {
    warnings.push(
      'ARI_PASSWORD is the default, which everybody knows: choose another, there and in ari.conf',
    );
  }
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) {
    warnings.push('ARI_URL is http to another machine: the password can be read on the way, so use https');
  }
  if (envFileMode !== undefined && (envFileMode & OTHERS) !== 0) {
    warnings.push('.env can be read by everybody on this machine: chmod 640 .env, or 600');
  }
  return warnings;
}
