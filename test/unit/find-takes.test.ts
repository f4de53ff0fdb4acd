/** The takes of a call that is taken up, asked for by name: which are found, and how often Asterisk is asked. */
import { beforeEach, expect, test } from 'vitest';
import { findTakes } from '../../src/call/find-takes.ts';
import type { Standing } from '../../src/call/standing.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';

useVirtualTime();

const ID = '1763829400123-1763829400-2';
const FIRST = `voicemail/305/INBOX/${ID}`;

let asterisk: FakeAsterisk;

beforeEach(() => {
  asterisk = new FakeAsterisk();
});

const standing = (state: Standing['state'], stored?: string, take?: string): Standing => ({
  state,
  reason: 'hangup',
  stored: stored && `${FIRST}${stored}`,
  take: take === undefined ? undefined : `${FIRST}${take}`,
  origin: undefined,
});

/** What is found, without what all names have in common. */
async function found(endings: readonly string[], noted?: Standing): Promise<string[]> {
  for (const ending of endings) asterisk.stored.set(`${FIRST}${ending}`, []);
  return (await findTakes(asterisk, '305', ID, noted)).map((name) => name.slice(FIRST.length));
}

test('a call of which nothing is noted, and nothing there, costs two questions', async () => {
  expect(await found([])).toEqual([]);
  expect(asterisk.operations).toHaveLength(2);
});

test('the take that is noted, the one before it, and what came too late to be noted', async () => {
  expect(await found(['', '__4', '__5', '__6'], standing('taking', '', '__4'))).toEqual([
    '',
    '__4',
    '__5',
    '__6',
  ]);
});

test('a gap of one is looked over', async () => {
  expect(await found(['__2', '__4', '__6'])).toEqual(['__2', '__4', '__6']);
});

test('the message that is noted, and no earlier one of the channel', async () => {
  expect(await found(['', '__2', '-m2', '-m2__2'], standing('taking', undefined, '-m2'))).toEqual([
    '-m2',
    '-m2__2',
  ]);
});

test('without a note, those of all messages of the channel', async () => {
  expect(await found(['', '__2', '-m2__2', '-m3'])).toEqual(['', '__2', '-m2__2', '-m3']);
});

test('of a channel that has come again, even the last of many takes', async () => {
  expect(await found(['__30'], standing('left'))).toEqual(['__30']);
});

test('of a caller who has redone it a thousand times, only the latest', async () => {
  expect(await found(['', '__900', '__999'], standing('taking', '__999', '__1000'))).toEqual(['__999']);
  expect(asterisk.operations.length).toBeLessThan(60);
});

test('a conversation that is noted says nothing of takes', async () => {
  const noted = { ...standing('conversing'), take: `voicemail/305/Conversations/${ID}` };
  expect(await found([''], noted)).toEqual(['']);
});

test('where Asterisk does not say, nobody guesses', async () => {
  asterisk.faults = () => ({ status: 503 });
  await expect(found([''])).rejects.toThrow('503');
});
