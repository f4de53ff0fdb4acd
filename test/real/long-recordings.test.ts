/** Recordings of hours on a real Asterisk: they are judged and repaired without being held in memory. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { encodeWav } from '../../asterisk/sandbox/wav.ts';
import type { AriConnection } from '../../src/ari/ari-connection.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { emptinessOf } from '../../src/call/recorded-sound.ts';
import { StoredRecordings } from '../../src/call/stored-recordings.ts';
import { repairMessages } from '../../src/crash-repair.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { connectDaemon } from '../support/connect.ts';
import { MemoryPeak, MiB } from '../support/memory-peak.ts';

const MOST_BYTES = 8 * MiB;
const HEADER_BYTES = 44;
const BYTES_PER_SECOND = 16_000;

let sandbox: Sandbox;
let connection: AriConnection;

beforeAll(async () => {
  sandbox = await startSandbox();
  connection = await connectDaemon(sandbox, () => {});
});

afterAll(async () => {
  connection.close();
  await sandbox.stop();
});

/** Makes a WAV of so much silence, perhaps with a second of speech in it, that Asterisk has not closed. */
async function put(name: string, bytes: number, speechAt?: number): Promise<string> {
  const path = join(sandbox.recordingDir, `${name}.wav`);
  await mkdir(join(path, '..'), { recursive: true });
  const header = encodeWav(new Int16Array(0), BYTES_PER_SECOND / 2);
  const file = await open(path, 'w');
  await file.write(header);
  await file.truncate(HEADER_BYTES + bytes);
  if (speechAt !== undefined)
    await file.write(Buffer.alloc(BYTES_PER_SECOND, 9), 0, BYTES_PER_SECOND, HEADER_BYTES + speechAt);
  await file.close();
  return path;
}

/** The port, which tells the peak how much is held at each piece of a file. */
function watched(peak: MemoryPeak): { ari: AriPort; readBytes: () => number } {
  const { port } = connection;
  let readBytes = 0;
  const getStoredRecordingFile: AriPort['getStoredRecordingFile'] = (name, read) =>
    port.getStoredRecordingFile(name, (piece, wholeBytes) => {
      peak.look();
      readBytes += piece.length;
      return read(piece, wholeBytes);
    });
  return { ari: { ...port, getStoredRecordingFile }, readBytes: () => readBytes };
}

async function judge(name: string, peak: MemoryPeak) {
  const { ari, readBytes } = watched(peak);
  const log = () => createLog('silent');
  const recordings = new StoredRecordings({ ari, index: new MessageIndex(), format: 'wav', log });
  const sound = await recordings.read(name);
  if (typeof sound === 'string') throw new Error(sound);
  return { seconds: sound.seconds, emptiness: emptinessOf(sound, 1), readBytes: readBytes() };
}

test('one of 18 hours is a message at its first word, and no more of it is read', async () => {
  await put('voicemail/801/INBOX/1763829399999-x', 1024 * MiB, 4 * MiB);
  const peak = new MemoryPeak('1 GiB on Asterisk, with a word in it');
  const judged = await judge('voicemail/801/INBOX/1763829399999-x', peak);
  expect(judged).toMatchObject({ seconds: (1024 * MiB) / BYTES_PER_SECOND, emptiness: undefined });
  expect(judged.readBytes).toBeLessThan(6 * MiB);
  expect(peak.bytes).toBeLessThan(MOST_BYTES);
});

test('of one in which nobody speaks all is heard, and none of it is kept', async () => {
  await put('voicemail/802/INBOX/1763829399999-x', 40 * MiB);
  const peak = new MemoryPeak('40 MiB of silence on Asterisk');
  const judged = await judge('voicemail/802/INBOX/1763829399999-x', peak);
  expect(judged).toMatchObject({ emptiness: 'silent', readBytes: HEADER_BYTES + 40 * MiB });
  expect(peak.bytes).toBeLessThan(MOST_BYTES);
});

test('one of 18 hours that was cut off is repaired by its header', async () => {
  const name = 'voicemail/803/INBOX/1763829399999-x';
  const path = await put(name, 1024 * MiB);
  const peak = new MemoryPeak('the repair of 1 GiB on Asterisk');
  const { ari, readBytes } = watched(peak);
  const log = new DaemonLog();
  await repairMessages(ari, [{ name, format: 'wav' }], Date.now(), createLog('info', log));
  expect(log.lines.map(({ msg }) => msg)).toEqual(['Repaired a recording that Asterisk has not closed']);
  expect(readBytes()).toBeLessThan(MiB);
  expect(peak.bytes).toBeLessThan(MOST_BYTES);
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES);
  await file.close();
  expect(buffer.readUInt32LE(HEADER_BYTES - 4)).toBe(1024 * MiB);
});

test('Asterisk says nothing of an answer that is broken off, and answers the next question', async () => {
  const name = 'voicemail/804/INBOX/1763829399999-x';
  await put(name, 64 * MiB);
  for (let n = 0; n < 5; n++) await connection.port.getStoredRecordingFile(name, () => true);
  await connection.port.getStoredRecording(name);
  expect(await sandbox.logTail()).not.toMatch(/http|tcptls|iostream/);
});
