/** What must not be left when everything is over, in Asterisk, in the daemon, on disk; and whether the lamps are right. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Lamp } from '../../asterisk/sandbox/lamp.ts';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { channelInName } from '../../src/mailbox/names.ts';
import { askAri } from '../support/ask-ari.ts';
import { channelOf, files, mailboxOf } from './disk.ts';
import { isConversation, type WitnessedCall } from './witness.ts';

/** Those of the daemon's connections that are kept, and the events'. */
const MOST_SOCKETS = 33;

export interface Remains {
  readonly sandbox: Sandbox;
  /** The daemon's. */
  readonly pid: number;
  readonly calls: readonly WitnessedCall[];
  /** A telephone's lamp, by mailbox. */
  readonly lamps: ReadonlyMap<string, Lamp>;
}

/** A line for each thing that is left, or wrong. */
export async function leftovers({ sandbox, pid, calls, lamps }: Remains): Promise<string[]> {
  const left: string[] = [];
  for (const { id, name } of await askAri<{ id: string; name: string }[]>(sandbox, 'channels'))
    left.push(`channel ${id} ${name}`);
  for (const { id } of await askAri<{ id: string }[]>(sandbox, 'bridges')) left.push(`bridge ${id}`);
  for (const { takes } of calls) {
    for (const { name, parts } of takes) {
      // Of the end of a bridge's recording nobody may have been told, as the bridge was gone.
      const isOpen = name !== undefined && parts.some(({ to }) => to === undefined);
      if (isOpen && (await isLive(sandbox, name))) left.push(`live recording ${name}`);
    }
  }
  const sockets = await tcpSockets(pid);
  if (sockets > MOST_SOCKETS) left.push(`${sockets} sockets of the daemon's`);

  const channels = new Set(calls.map(({ farId }) => channelInName(farId)));
  const stored = new Map<string, string[]>();
  for (const file of await files(sandbox.recordingDir)) {
    const mailbox = mailboxOf(file);
    if (mailbox === undefined || !channels.has(channelOf(file) ?? '')) left.push(`file ${file}`);
    else if (!isConversation(file)) stored.set(mailbox, [...(stored.get(mailbox) ?? []), file]);
  }
  const counts = new Map<string, number>();
  for (const { name, new_messages } of await askAri<{ name: string; new_messages: number }[]>(
    sandbox,
    'mailboxes',
  ))
    counts.set(name.replace(/@.*/, ''), new_messages);
  for (const mailbox of new Set([...stored.keys(), ...counts.keys()])) {
    const [disk = [], told = 0] = [stored.get(mailbox), counts.get(mailbox)];
    if (disk.length !== told)
      left.push(
        `Asterisk counts ${told} messages in mailbox ${mailbox}, which has ${disk.join(' ') || 'none'}`,
      );
  }
  for (const [mailbox, { state }] of lamps) {
    const [disk = [], shown = 0] = [stored.get(mailbox), state?.newMessages];
    if (disk.length !== shown)
      left.push(`the lamp of mailbox ${mailbox} says ${shown}, and it has ${disk.join(' ') || 'none'}`);
  }
  return left;
}

/** Those of a process; its pipes to us are sockets, too, but not of TCP. */
async function tcpSockets(pid: number): Promise<number> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  );
  const inodes = new Set(
    tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)[9])),
  );
  return links.filter((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1])).length;
}

function isLive(sandbox: Sandbox, name: string): Promise<boolean> {
  return askAri(sandbox, `recordings/live/${encodeURIComponent(name)}`).then(
    () => true,
    () => false,
  );
}
