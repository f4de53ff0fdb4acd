/** Where a sandbox has its files: where this machine wants temporary ones, if Asterisk and shell scripts can work there. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** In bytes. A longer one is cut, without a word, and so that of every other sandbox is the same one. */
const LONGEST_SOCKET_PATH = 107;

/** A path of these has no other meaning in Asterisk's configuration and dialplan; each is one byte. */
const PLAIN_PATH = /^[\w./+~@-]*$/;

/**
 * Makes a folder whose name begins with `prefix`, in TMPDIR or, if that does not do, in /tmp.
 * @param socket path from there of a socket, of the longest if there are several
 */
export async function temporaryFolder(prefix: string, socket = ''): Promise<string> {
  const parent = resolve(tmpdir());
  const longest = join(parent, `${prefix}XXXXXX`, socket);
  const fits = longest.length <= LONGEST_SOCKET_PATH && PLAIN_PATH.test(parent);
  return mkdtemp(join(fits ? parent : '/tmp', prefix));
}
