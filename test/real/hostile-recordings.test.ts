/**
 * Names that somebody made up in the folder of the recordings: the shipped [vm-repair], which hands a name to Record(),
 * takes none that leads elsewhere, or has options in it.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AriHttp } from '../../asterisk/sandbox/ari-http.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { encodeWav } from '../../asterisk/sandbox/wav.ts';

const NAMES = [
  ...['../victim.wav', 'voicemail/../../victim.wav', 'voicemail/305/INBOX/../../../../victim.wav'],
  ...['voicemail/305/INBOX/x,0,1,', 'voicemail/305/INBOX/x.wav,0,1,a', 'voicemail/305/INBOX/x.wav,0'],
  ...['voicemail/305/x.wav', 'voicemail/305/INBOX/x/y.wav', 'voicemail/305/INBOX/x.y.wav', '/x.wav', 'x.wav'],
  ...['voicemail/305/INBOX/x%d.wav', 'voicemail/305/INBOX/x:wav', 'voicemail/305/INBOX/x&y.wav', '.wav', ''],
  ...['voicemail/3"5/INBOX/x.wav', 'voicemail/3\\5/INBOX/x.wav', 'voicemail/305/INBOX/é.wav', 'x.wav\n'],
  ...['voicemail/305/INBOX/x.wav):0:1', 'voicemail/305/INBOX/x.wav),0,1):0:1', 'voicemail/305/INBOX/x.wav '],
  ...[
    'voicemail/305/INBOX/${EPOCH}.wav',
    'voicemail/305/INBOX/x.wav/../y.wav',
    'a/voicemail/305/INBOX/x.wav',
  ],
];
const GOOD = 'voicemail/305/Conversations/1763829399999-x__2.wav';
/** A header that says there is nothing. */
const CUT_OFF = Buffer.from(encodeWav(new Int16Array(8_000).fill(1), 8_000)).fill(0, 40, 44);

let sandbox: Sandbox;
let http: AriHttp;

beforeAll(async () => {
  const extensions = `
[far]
exten => s,1,Wait(2)
`;
  sandbox = await startSandbox({ extras: { modules: [], files: { 'extensions.conf': extensions } } });
  http = new AriHttp(sandbox.ari);
});

afterAll(async () => {
  http.close();
  await sandbox.stop();
});

/** Has the shipped dialplan repair them all; resolves when it has. */
async function repair(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map((name) =>
      http.send('POST', '/channels', {
        ...{ endpoint: 'Local/repair@vm-repair/n', context: 'far', extension: 's', priority: 1 },
        variables: { __VM_RECORDING: name },
      }),
    ),
  );
  await expect
    .poll(() => sandbox.cli('core show channels count'), { timeout: 20_000 })
    .toMatch(/^0 active channels/m);
}

/** Every sound file of this sandbox, and when it was last written to. */
async function soundFiles(): Promise<string[]> {
  const paths = await readdir(sandbox.dir, { recursive: true });
  const sounds = paths.filter((path) => /\.wav|voicemail/.test(path));
  return Promise.all(sounds.map(async (path) => `${path} ${(await stat(join(sandbox.dir, path))).mtimeMs}`));
}

async function put(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, CUT_OFF);
}

test('a recording of ours is written to, and none that is named otherwise', async () => {
  await put(join(sandbox.recordingDir, '../victim.wav'));
  await put(join(sandbox.recordingDir, GOOD));
  const before = await soundFiles();
  await repair(NAMES);
  expect(await soundFiles()).toEqual(before);
  await repair([GOOD]);
  expect(await soundFiles()).not.toEqual(before);
});
