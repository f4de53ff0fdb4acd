/** A thousand hostile mailbox names, handed to the daemon by a real Asterisk: nothing ever appears on disk. */
import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AriHttp } from '../../asterisk/sandbox/ari-http.ts';
import { RealStage } from '../support/real-stage.ts';

const NAMES = 1_000;
const AT_ONCE = 20;

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start();
});

afterAll(() => stage.stop());

const hostile = fc
  .oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('.', '/', '\\', '%2F', '..', '\0', '305', ' ', '\n', '"', ';', '$', '{', '&'),
    }),
    fc.string({ unit: fc.constantFrom('a', '3', '_'), minLength: 33, maxLength: 300 }),
    fc.constantFrom(
      '../../../tmp/x',
      '305/INBOX/../../x',
      '/etc/passwd',
      '~',
      'é',
      '٣٠٥',
      '305\u0000',
      '305\u2028',
    ),
  )
  // Asterisk cuts arguments at commas, and C's strings end at a zero: the daemon sees what is before.
  .map((name) => name.split(/[,\0]/)[0] ?? '')
  // And it takes quotes and backslashes away.
  .filter((name) => !/^[A-Za-z0-9_-]{1,32}$/.test(name.replace(/["\\]/g, '').trim()));

test(`${NAMES} hostile names are refused, and leave no file and no channel`, async () => {
  const names = fc.sample(hostile, { numRuns: NAMES, seed: 305 });
  const http = new AriHttp(stage.sandbox.ari);
  const waiting = names.entries();
  const worker = async () => {
    for (const [n, name] of waiting) {
      // All of one length: Asterisk can take `hostile-1` for `hostile-10`, and answer 409, while that is being made.
      const channelId = `hostile-${String(n).padStart(4, '0')}`;
      const query = new URLSearchParams({
        endpoint: 'Local/s@caller/n',
        app: 'vm-record',
        appArgs: name,
        channelId,
      });
      await http.send('POST', `/channels?${query.toString()}`, {});
      await stage.log.until(channelId, 'Call over');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  http.close();

  const refusals = stage.log.lines.filter(({ msg }) => msg.startsWith('Refusing a call'));
  expect(refusals).toHaveLength(NAMES);
  // The folder of all messages, which the self-check has tried; nothing is in it.
  expect(await readdir(stage.sandbox.recordingDir, { recursive: true })).toEqual(['voicemail']);
  await expect.poll(() => stage.channels()).toEqual([]);
  expect(stage.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
