/** Messages that a crash of Asterisk has cut off: which are looked at, and what becomes of them. */
import { beforeEach, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { encodeWav } from '../../asterisk/sandbox/wav.ts';
import { AriError } from '../../src/ari/ari-error.ts';
import { repairMessages } from '../../src/crash-repair.ts';
import { createLog } from '../../src/log.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';
import { readInPieces } from '../support/file-pieces.ts';

const STARTED_MS = 1_763_829_400_000;
const nameOf = (createdAt: number) => `voicemail/305/INBOX/${createdAt}-1763829400-2`;
const BEFORE = nameOf(STARTED_MS - 1);

const whole = encodeWav(new Int16Array(8_000).fill(1), 8_000);
const cutOff = Buffer.from(whole).fill(0, 40, 44);

let asterisk: FakeAsterisk;
let files: Map<string, Buffer>;
let looked: string[];
/** Of all files together. */
let readBytes: number;
let pieceBytes: number;
let log: DaemonLog;
let repairs: unknown[];
/** Whether the dialplan can do it. */
let works: boolean;

beforeEach(() => {
  asterisk = new FakeAsterisk();
  files = new Map();
  looked = [];
  readBytes = 0;
  pieceBytes = 32_768;
  log = new DaemonLog();
  repairs = [];
  works = true;
  asterisk.getStoredRecordingFile = (name, read) => {
    looked.push(name);
    const file = files.get(name);
    if (!file) return Promise.reject(new AriError('Recording not found', 404));
    readBytes += readInPieces(file, read, pieceBytes);
    return Promise.resolve();
  };
  asterisk.callDialplan = (extension, context, variables) => {
    repairs.push({ extension, context, variables });
    if (!works) return Promise.reject(new AriError('no such extension', 404));
    for (const name of files.keys()) if (variables['VM_RECORDING'] === `${name}.wav`) files.set(name, whole);
    return Promise.resolve();
  };
});

const repair = (format = 'wav') =>
  repairMessages(
    asterisk,
    [...files.keys()].map((name) => ({ name, format })),
    STARTED_MS,
    createLog('debug', log),
  );
const said = () => log.lines.map(({ level, msg }) => `${level}: ${msg}`);

test('a message that was cut off is mended by the dialplan, with its extension', async () => {
  files.set(BEFORE, cutOff);
  await repair();
  expect(repairs).toEqual([
    { extension: 'repair', context: 'vm-repair', variables: { VM_RECORDING: `${BEFORE}.wav` } },
  ]);
  expect(said()).toEqual(['info: Repaired a recording that Asterisk has not closed']);
});

test('a recording of a conversation that was cut off is mended, too', async () => {
  const conversation = BEFORE.replace('INBOX', 'Conversations');
  files.set(conversation, cutOff);
  await repair();
  expect(repairs).toMatchObject([{ variables: { VM_RECORDING: `${conversation}.wav` } }]);
  expect(said()).toEqual(['info: Repaired a recording that Asterisk has not closed']);
});

test('where the dialplan cannot, one line says what to do', async () => {
  files.set(BEFORE, cutOff);
  works = false;
  await repair();
  expect(said().at(-1)).toMatch(/^error: .*is \[vm-repair\] of extensions-vm-record.conf in the dialplan\?$/);
});

test.for<[string, Buffer]>([
  ['whole', whole],
  ['without any sound', encodeWav(new Int16Array(0), 8_000)],
  ['no WAV file', Buffer.from('#!AMR\n')],
])('a message that is %s is left alone', async ([, file]) => {
  files.set(BEFORE, file);
  await repair();
  expect({ repairs, said: said() }).toEqual({ repairs: [], said: [] });
});

test('one that was begun since Asterisk was started may be going on: it is not looked at', async () => {
  files.set(nameOf(STARTED_MS), cutOff);
  files.set(nameOf(STARTED_MS + 1), cutOff);
  files.set('voicemail/305/INBOX/greeting', cutOff);
  await repair();
  expect(looked).toEqual([]);
});

test.for([
  'voicemail/305/INBOX/1763829399999-x,0,1,',
  'voicemail/305/INBOX/1763829399999-x/../../../../tmp/x',
  'voicemail/305/INBOX/1763829399999-x.y',
  'voicemail/305/INBOX/1763829399999-${SHELL(id)}',
  'voicemail/305/INBOX/1763829399999-x\n',
  'voicemail/../INBOX/1763829399999-x',
  'voicemail/3/5/INBOX/1763829399999-x',
  `voicemail/${'3'.repeat(33)}/INBOX/1763829399999-x`,
  'elsewhere/voicemail/305/INBOX/1763829399999-x',
  'prompts/INBOX/1763829399999-x',
])('%s is no name of ours: no dialplan gets it', async (name) => {
  files.set(name, cutOff);
  await repair();
  expect({ looked, repairs }).toEqual({ looked: [], repairs: [] });
});

test.for(['wav,0,1,', 'wav/../x', 'wav.gz', ''])('nor does it get the format "%s"', async (format) => {
  files.set(BEFORE, cutOff);
  await repair(format);
  expect({ looked, repairs }).toEqual({ looked: [], repairs: [] });
});

test('the newest are looked at, and no more than could have been in progress at once', async () => {
  for (let n = 1; n <= 100; n++) files.set(nameOf(STARTED_MS - n), whole);
  await repair();
  expect(looked).toEqual(Array.from({ length: 64 }, (_, n) => nameOf(STARTED_MS - n - 1)));
});

test('conversations, however many, keep no message from being mended', async () => {
  files.set(nameOf(STARTED_MS - 1_000), cutOff);
  for (let n = 1; n <= 100; n++) files.set(nameOf(STARTED_MS - n).replace('INBOX', 'Conversations'), whole);
  await repair();
  expect(repairs).toHaveLength(1);
  expect(looked.length).toBeLessThan(30);
});

test('of a recording of hours hardly more than the header is read, closed or not', async () => {
  const hours = Buffer.concat([cutOff, Buffer.alloc(20_000_000)]);
  files.set(BEFORE, hours);
  works = false;
  await repair();
  files.set(BEFORE, Buffer.concat([whole, Buffer.alloc(20_000_000)]));
  await repair();
  expect(repairs).toHaveLength(1);
  expect(readBytes).toBeLessThan(200_000);
});

test.for([1, 43, 44, 45])('whether it was cut off is told by pieces of %s bytes, too', async (bytes) => {
  pieceBytes = bytes;
  files.set(BEFORE, cutOff);
  files.set(nameOf(STARTED_MS - 2), cutOff.subarray(0, 44));
  await repair();
  expect(repairs).toMatchObject([{ variables: { VM_RECORDING: `${BEFORE}.wav` } }]);
});

test('one that cannot be looked at is a warning, and the next one is mended', async () => {
  files.set(BEFORE, cutOff);
  files.set(nameOf(STARTED_MS - 2), cutOff);
  const { getStoredRecordingFile } = asterisk;
  asterisk.getStoredRecordingFile = (name, read) =>
    name === BEFORE ? Promise.reject(new AriError('no answer')) : getStoredRecordingFile(name, read);
  await repair();
  expect(said()).toEqual([
    'warn: Could not look at a recording',
    'info: Repaired a recording that Asterisk has not closed',
  ]);
});
