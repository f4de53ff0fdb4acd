/** Writes the configuration of one sandbox's Asterisk: the files the product ships, and what is the sandbox's own. */
import { appendFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AsteriskInstall } from './asterisk-install.ts';
import { onOwnDisk, type RecordingDisk } from './recording-disk.ts';

/** What differs between sandboxes. */
export interface Settings {
  /** The sandbox's folder, in which everything lies that Asterisk writes. */
  readonly dir: string;
  readonly install: AsteriskInstall;
  readonly ariPort: number;
  readonly ariPassword: string;
  readonly sipPort: number;
  /** First port of the range for voice. */
  readonly rtpPort: number;
  readonly accounts: readonly SipAccount[];
  /** The recordings' own disk; undefined = the sandbox's folder is theirs too. */
  readonly recordingDisk?: RecordingDisk | undefined;
  /** As a distribution's package leaves it: without the folder of the recordings. */
  readonly withoutRecordingDir?: boolean | undefined;
  readonly extras?: Extras | undefined;
}

/** What one sandbox's Asterisk has that the others do not need. */
export interface Extras {
  /** Names without `.so`; those that this Asterisk lacks are passed over. */
  readonly modules: readonly string[];
  /** More configuration, by the file's name: what comes at its end. */
  readonly files: Readonly<Record<string, string>>;
}

export interface SipAccount {
  readonly username: string;
  readonly password: string;
  /** Message waiting of this mailbox lights the account's lamp. */
  readonly mailbox: string;
}

/** As in the shipped ari.conf. */
export const ARI_USERNAME = 'asterisk';

/** Ports for voice: two for each SIP call, for several hundred calls. */
export const RTP_PORTS = 2000;

/** Asterisk complains when one of these is missing, and would hide the complaint that matters. */
const EMPTY = [
  ...['acl.conf', 'ccss.conf', 'cdr.conf', 'cel.conf', 'features.conf', 'indications.conf', 'manager.conf'],
  ...['minivm.conf', 'pjproject.conf', 'udptl.conf', 'websocket_client.conf'],
];

const shipped = (name: string) => `#include "${fileURLToPath(new URL(`../${name}`, import.meta.url))}"\n`;

/** Where the recordings are, as Asterisk sees it. */
export const recordingDirOf = (dir: string) => join(dir, 'spool/recording');

/**
 * Makes the folders and files, and in `dir` two scripts: `asterisk` runs this Asterisk's program with them, `start`
 * is for the one time that it serves.
 */
export async function writeConfiguration(settings: Settings): Promise<void> {
  const { dir, extras, withoutRecordingDir } = settings;
  const modules = [...settings.install.modules, ...(extras?.modules ?? [])];
  const etc = join(dir, 'etc');
  const spool = withoutRecordingDir ? dirname(recordingDirOf(dir)) : recordingDirOf(dir);
  for (const folder of [etc, ...['run', 'log', 'db'].map((name) => join(dir, name)), spool]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const files = {
    'asterisk.conf': asteriskConf(settings, await moduleFolder(settings)),
    'modules.conf': `[modules]\nautoload = no\n${modules.map((name) => `load = ${name}.so\n`).join('')}`,
    'http.conf': `${shipped('http.conf')}[general](+)\nbindport = ${settings.ariPort}\n`,
    'ari.conf': `${shipped('ari.conf')}[${ARI_USERNAME}](+)\npassword = ${settings.ariPassword}\n`,
    'pjsip.conf': pjsipConf(settings),
    'rtp.conf': `[general]\nrtpstart = ${settings.rtpPort}\nrtpend = ${settings.rtpPort + RTP_PORTS - 1}\n`,
    'logger.conf': '[general]\n[logfiles]\nmessages.log = notice,warning,error\n',
    'extensions.conf': shipped('extensions-vm-record.conf') + shipped('sandbox/extensions-sandbox.conf'),
  };
  for (const name of EMPTY) await writeFile(join(etc, name), '');
  for (const [name, text] of Object.entries(files)) await writeFile(join(etc, name), text, { mode: 0o600 });
  for (const [name, text] of Object.entries(extras?.files ?? {})) await appendFile(join(etc, name), text);
  const script = join(dir, 'asterisk');
  const { program } = settings.install;
  await writeScript(script, [program.file, ...program.args, '-C', `${etc}/asterisk.conf`]);
  await writeScript(join(dir, 'start'), startCommand(settings, ['sh', script, '-f']));
}

function startCommand({ dir, recordingDisk }: Settings, asterisk: string[]): string[] {
  if (!recordingDisk) return asterisk;
  return onOwnDisk(recordingDisk, recordingDirOf(dir), asterisk);
}

/** A script that becomes the command of these `words`, followed by its own arguments. */
async function writeScript(path: string, words: string[]): Promise<void> {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  await writeFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o700 });
}

/** Asterisk takes modules from one folder only: for added ones that is a folder of links. */
async function moduleFolder({ dir, install }: Settings): Promise<string> {
  const { moduleDir, addedModules } = install;
  if (!addedModules) return moduleDir;
  const folder = join(dir, 'modules');
  await mkdir(folder);
  const own = (await readdir(moduleDir)).map((name) => join(moduleDir, name));
  for (const path of [...own, ...addedModules]) await symlink(path, join(folder, basename(path)));
  return folder;
}

function asteriskConf({ dir, install }: Settings, moduleDir: string): string {
  return `[directories]
astetcdir = ${dir}/etc
astmoddir = ${moduleDir}
astdatadir = ${install.dataDir}
astvarlibdir = ${dir}/db
astdbdir = ${dir}/db
astkeydir = ${dir}/db
astagidir = ${dir}/db
astspooldir = ${dir}/spool
astrundir = ${dir}/run
astlogdir = ${dir}/log
`;
}

function pjsipConf({ sipPort, accounts }: Settings): string {
  const sections = accounts.map(
    ({ username, password, mailbox }) => `
[${username}](phone)
auth = ${username}
aors = ${username}
[${username}]
type = auth
username = ${username}
password = ${password}
[${username}]
type = aor
max_contacts = 5
mailboxes = ${mailbox}
`,
  );
  // media_address: without it every call waits for a look-up of the host's name.
  // sipp: scripted callers, known by the user in From alone; only this machine can reach the port.
  return `[loopback]
type = transport
protocol = udp
bind = 127.0.0.1:${sipPort}

[phone](!)
type = endpoint
context = default
disallow = all
allow = ulaw,alaw
dtmf_mode = rfc4733
direct_media = no
media_address = 127.0.0.1
bind_rtp_to_media_address = yes

[sipp](phone)
${sections.join('')}`;
}
