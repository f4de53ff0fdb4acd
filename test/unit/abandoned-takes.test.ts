/** Takes of calls that ended while no daemon was there: one message stays of each, and in doubt all do. */
import { beforeEach, expect, test, vi } from 'vitest';
import { settleAbandonedTakes } from '../../src/call/abandoned-takes.ts';
import { StoredRecordings } from '../../src/call/stored-recordings.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';

const ID = 'voicemail/305/INBOX/1763829400123-1763829400-2';

let asterisk: FakeAsterisk;
let uncounted: string[];

beforeEach(() => {
  asterisk = new FakeAsterisk();
  uncounted = [];
});

const store = (name: string, seconds: number) =>
  asterisk.stored.set(name, [{ hz: 440, seconds, levelDb: -10 }]);

async function settle(undecided: readonly string[] = [], minSeconds = 1): Promise<string[]> {
  const index = {
    add: () => {},
    remove: (name: string) => void uncounted.push(name),
    has: () => true,
    count: () => 0,
  };
  const disk = new StoredRecordings({ ari: asterisk, index, format: 'wav', log: () => createLog('silent') });
  const { config } = loadConfig({ VM_MIN_SECONDS: String(minSeconds) });
  await settleAbandonedTakes([...asterisk.stored.keys()], new Set(undecided), disk, config);
  return [...asterisk.stored.keys()];
}

test('the newest take is the message; the superseded are deleted, and counted no more', async () => {
  store(ID, 3);
  store(`${ID}__2`, 2);
  store(`${ID}__10`, 1);
  expect(await settle()).toEqual([`${ID}__10`]);
  expect(uncounted.sort()).toEqual([ID, `${ID}__2`]);
});

test('takes of a channel whose id Asterisk did not make are put in order, too, where the first is gone', async () => {
  const id = 'voicemail/305/INBOX/1763829400123-caller-4f-far';
  store(`${id}__2`, 3);
  store(`${id}__3`, 2);
  expect(await settle()).toEqual([`${id}__3`]);
});

test('a newest take that is too short is deleted, and the one before it is the message', async () => {
  store(ID, 3);
  store(`${ID}__2`, 2);
  store(`${ID}__3`, 0.9);
  expect(await settle()).toEqual([`${ID}__2`]);
});

test('the only take that is left stays, however short it is', async () => {
  store(ID, 0.5);
  store(`${ID}__2`, 0.5);
  expect(await settle()).toEqual([ID]);
});

test('with VM_MIN_SECONDS=0 no take is too short', async () => {
  store(ID, 3);
  store(`${ID}__2`, 0.02);
  expect(await settle([], 0)).toEqual([`${ID}__2`]);
});

test('a newest take that is unreadable: all are kept', async () => {
  store(ID, 3);
  store(`${ID}__2`, 2);
  asterisk.unreadable.add(`${ID}__2`);
  expect(await settle()).toEqual([ID, `${ID}__2`]);
  expect(uncounted).toEqual([]);
});

test.for(['getGlobalVar', 'getLiveRecording', 'getStoredRecordingFile'])(
  'where %s is not answered, all are kept until it is',
  async (unanswered) => {
    store(ID, 3);
    store(`${ID}__2`, 2);
    asterisk.faults = (operation) => (operation === unanswered ? { status: 500 } : undefined);
    await expect(settle()).rejects.toThrow(/500|could not be read/);
    asterisk.faults = () => undefined;
    expect(await settle()).toEqual([`${ID}__2`]);
  },
);

test('takes that were all kept on purpose stay', async () => {
  store(ID, 3);
  store(`${ID}__2`, 2);
  await asterisk.setGlobalVar(`VM_KEPT_${ID}`, '1');
  expect(await settle()).toEqual([ID, `${ID}__2`]);
});

test('a take before the newest that cannot be read: those before it are kept, too', async () => {
  for (const [name, seconds] of [
    [ID, 3],
    [`${ID}__2`, 2],
    [`${ID}__3`, 0.5],
  ] as const)
    store(name, seconds);
  asterisk.unreadable.add(`${ID}__2`);
  expect(await settle()).toEqual([ID, `${ID}__2`]);
});

test.for([ID, `${ID}__2`, `${ID}__3`])(
  'a call in progress settles its takes on its own: %s',
  async (undecided) => {
    for (const name of [ID, `${ID}__2`, `${ID}__3`]) store(name, 2);
    expect(await settle([undecided])).toHaveLength(3);
    expect(asterisk.operations).toEqual([]);
  },
);

test('messages of two channels of the same millisecond are not touched, nor read', async () => {
  store('voicemail/305/INBOX/1763829400123-1763829400-2', 2);
  store('voicemail/305/INBOX/1763829400123-1763829400-3', 2);
  expect(await settle()).toHaveLength(2);
  expect(asterisk.operations).toEqual([]);
});

test('where deleting fails, the others are settled all the same', async () => {
  const other = 'voicemail/306/INBOX/1763829400123-1763829400-4';
  for (const name of [ID, `${ID}__2`, other, `${other}__2`]) store(name, 2);
  let failed = false;
  asterisk.faults = (operation) => {
    if (operation !== 'deleteStoredRecording' || failed) return undefined;
    failed = true;
    return { status: 500 };
  };
  expect(await settle()).toEqual([`${ID}__2`, `${other}__2`]);
});

test('a newest take that is being made, by whomever, is left alone, and so are those before it', async () => {
  const channel = asterisk.dial('305');
  store(ID, 3);
  channel.record({ name: `${ID}__2`, format: 'wav', maxDurationSeconds: 0 });
  await vi.waitUntil(() => channel.liveRecording);
  store(`${ID}__2`, 0); // its file
  expect(await settle()).toEqual([ID, `${ID}__2`]);
});
