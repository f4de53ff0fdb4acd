/** Recovery: what is done at each connect, and what only once. */
import { beforeEach, expect, test } from 'vitest';
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { Recovery } from '../../src/recovery.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';

const ID = 'voicemail/305/INBOX/1763829400123-1763829400-2';

let asterisk: FakeAsterisk;
let index: MessageIndex;
let recovery: Recovery;
let looked: string[];

beforeEach(() => {
  asterisk = new FakeAsterisk();
  index = new MessageIndex();
  looked = [];
  const options = { ari: asterisk, config: loadConfig({}).config, log: createLog('silent'), index };
  const router = new CallRouter({ ...options, app: APP });
  recovery = new Recovery({ ...options, router });
  router.connecting();
  const { getStoredRecordingFile } = asterisk;
  asterisk.getStoredRecordingFile = (name, read) => {
    looked.push(name);
    return getStoredRecordingFile(name, read);
  };
});

const store = (name: string) => asterisk.stored.set(name, [{ hz: 440, seconds: 2, levelDb: -10 }]);

/** As the daemon does it at each connect. */
async function settle(): Promise<void> {
  await recovery.takeUpCalls();
  await recovery.settleCalls(await recovery.countMessages());
}

test('the takes of calls that ended before this daemon came are settled, and counted as one', async () => {
  [ID, `${ID}__2`].forEach(store);
  await settle();
  expect([...asterisk.stored.keys()]).toEqual([`${ID}__2`]);
  expect(index.count('305')).toBe(1);
});

test('messages of calls that this daemon has seen to their ends, while the list could not be had, are not settled', async () => {
  [ID, `${ID}__2`].forEach(store);
  asterisk.faults = (operation) => (operation === 'listStoredRecordings' ? { status: 500 } : undefined);
  await expect(settle()).rejects.toThrow();
  [ID, `${ID}__2`].forEach((name) => index.add(name));
  asterisk.faults = () => undefined;
  await settle();
  expect([...asterisk.stored.keys()]).toEqual([ID, `${ID}__2`]);
});

test('recordings of conversations are no takes of each other, and are not counted', async () => {
  const conversation = ID.replace('INBOX', 'Conversations');
  [ID, `${ID}__2`, conversation, `${conversation}-2`].forEach(store);
  await settle();
  expect([...asterisk.stored.keys()]).toEqual([`${ID}__2`, conversation, `${conversation}-2`]);
  expect({ count: index.count('305'), all: index.size }).toEqual({ count: 1, all: 1 });
});

test('recordings of conversations are looked at for what a crash has cut off', async () => {
  const conversation = ID.replace('INBOX', 'Conversations');
  store(conversation);
  asterisk.getStartupTime = () => Promise.resolve(1_763_829_500_000);
  await recovery.repair(await recovery.countMessages());
  expect(looked).toEqual([conversation]);
});

test('at a later connect they are not: this daemon has seen its calls to their ends, and may have kept all', async () => {
  await settle();
  [ID, `${ID}__2`].forEach(store);
  await settle();
  expect(index.count('305')).toBe(2);
});

test('messages are looked at for what a crash has cut off, once for each start of Asterisk', async () => {
  store(ID);
  let startedAt = 1_763_829_500_000;
  asterisk.getStartupTime = () => Promise.resolve(startedAt);
  const listed = await recovery.countMessages();
  await recovery.repair(listed);
  await recovery.repair(listed);
  expect(looked).toEqual([ID]);
  startedAt += 1_000;
  await recovery.repair(listed);
  expect(looked).toEqual([ID, ID]);
});

test('where Asterisk does not say since when it is up, the repair is to be tried again', async () => {
  store(ID);
  asterisk.faults = (operation) => (operation === 'getStartupTime' ? { status: 503 } : undefined);
  const listed = await recovery.countMessages();
  await expect(recovery.repair(listed)).rejects.toThrow();
  asterisk.faults = () => undefined;
  asterisk.getStartupTime = () => Promise.resolve(1_763_829_500_000);
  await recovery.repair(listed);
  expect(looked).toEqual([ID]);
});
