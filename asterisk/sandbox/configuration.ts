/** Writes the configuration of one sandbox's Asterisk: the files the product ships, and what is the sandbox's own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AsteriskInstall } from './asterisk-install.ts';

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

/** Makes the folders and files, and in `dir` the script `asterisk` that runs this Asterisk with them. */
export async function writeConfiguration(settings: Settings): Promise<void> {
  const etc = join(settings.dir, 'etc');
  for (const name of ['etc', 'run', 'log', 'db', 'spool/recording']) {
    await mkdir(join(settings.dir, name), { recursive: true, mode: 0o700 });
  }
  const files = {
    'asterisk.conf': asteriskConf(settings),
    'modules.conf': `[modules]\nautoload = no\n${settings.install.modules.map((name) => `load = ${name}.so\n`).join('')}`,
    'http.conf': `${shipped('http.conf')}[general](+)\nbindport = ${settings.ariPort}\n`,
    'ari.conf': `${shipped('ari.conf')}[${ARI_USERNAME}](+)\npassword = ${settings.ariPassword}\n`,
    'pjsip.conf': pjsipConf(settings),
    'rtp.conf': `[general]\nrtpstart = ${settings.rtpPort}\nrtpend = ${settings.rtpPort + RTP_PORTS - 1}\n`,
    'logger.conf': '[general]\n[logfiles]\nmessages.log = notice,warning,error\n',
    'extensions.conf': shipped('extensions-vm-record.conf') + shipped('sandbox/extensions-sandbox.conf'),
  };
  for (const name of EMPTY) await writeFile(join(etc, name), '');
  for (const [name, text] of Object.entries(files)) await writeFile(join(etc, name), text, { mode: 0o600 });
  await writeFile(join(settings.dir, 'asterisk'), script(settings), { mode: 0o700 });
}

function script({ dir, install: { program } }: Settings): string {
  const words = [program.file, ...program.args, '-C', `${dir}/etc/asterisk.conf`];
  return `#!/bin/sh\nexec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')} "$@"\n`;
}

function asteriskConf({ dir, install }: Settings): string {
  return `[directories]
astetcdir = ${dir}/etc
astmoddir = ${install.moduleDir}
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

[sipp](phone)
${sections.join('')}`;
}
