/**
 * A disk of a few bytes for the recordings, so that a full one is real: a tmpfs that only Asterisk sees, in a mount
 * namespace of its own. Needs no root where the system lets users have namespaces, and ends with Asterisk.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';
import { SandboxError } from './sandbox-error.ts';

/** How `unshare` makes the namespace: plainly, as root may, or within a user namespace, as others may. */
const WAYS = ['--mount', '--mount --map-root-user'] as const;

/** A disk to be made. */
export interface RecordingDisk {
  readonly way: (typeof WAYS)[number];
  readonly bytes: number;
}

/** Mounts the disk of `$1` bytes on `$2`, then runs the rest. */
const MOUNT = 'mount -t tmpfs -o "size=$1,mode=700" recordings "$2" && shift 2 && exec "$@"';

/** The disk of `bytes` for this user on this machine. Throws SandboxError, with the reasons, when there is no way. */
export async function findRecordingDisk(
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<RecordingDisk> {
  if (!(bytes >= 1)) throw new RangeError(`a disk of ${bytes} bytes`); // to tmpfs, 0 means no limit
  const reasons: string[] = [];
  for (const way of WAYS) {
    const [file = '', ...args] = onOwnDisk({ way, bytes }, tmpdir(), ['true']);
    const { status, output } = await run({ file, args }, [], { timeout: 10_000, signal });
    if (status === 0) return { way, bytes };
    reasons.push(`unshare ${way}: ${output.trim().replaceAll('\n', ' ')}`);
  }
  throw new SandboxError(
    `A small disk for the recordings can not be made (${reasons.join('; ')}). It needs root with CAP_SYS_ADMIN, ` +
      'or a system that lets its users make user namespaces.',
  );
}

/** The words of the command that runs `command` with such a disk on the folder `mountPoint`. */
export function onOwnDisk({ way, bytes }: RecordingDisk, mountPoint: string, command: string[]): string[] {
  const size = String(Math.ceil(bytes));
  return ['unshare', ...way.split(' '), 'sh', '-c', MOUNT, 'sh', size, mountPoint, ...command];
}

/** Where others find the files of `folder` as the process `pid` sees it, as long as that runs. */
export function asSeenBy(pid: string, folder: string): string {
  const path = join(`/proc/${pid}/root`, folder);
  if (!existsSync(path)) throw new SandboxError(`${path} can not be read by this user`);
  return path;
}
