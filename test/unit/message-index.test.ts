/** MessageIndex: counts that stay true, whatever happens while Asterisk's list is on its way. */
import { beforeEach, expect, test } from 'vitest';
import { MessageIndex } from '../../src/mailbox/message-index.ts';

const message = (mailbox: string, id: number | string) => `voicemail/${mailbox}/INBOX/${id}`;
const ALL_DECIDED = () => new Set<string>();
const listed = (names: string[]) => names.map((name) => ({ name, format: 'wav' }));

/** Asterisk's side of a load, answered when told. */
function listing() {
  let answer: (names: string[]) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const names = new Promise<string[]>((resolve, reject) => ([answer, fail] = [resolve, reject]));
  return { listStoredRecordings: async () => listed(await names), answer, fail };
}

const stored = (...names: string[]) => ({ listStoredRecordings: () => Promise.resolve(listed(names)) });

/** CPU time of this process: a busy machine does not make it longer. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

let index: MessageIndex;
let changed: string[];

beforeEach(() => {
  index = new MessageIndex();
  changed = [];
  index.onChange = (mailbox) => changed.push(`${mailbox}=${index.count(mailbox)}`);
});

test('adds and removes once, and tells of each change of a count', () => {
  index.add(message('305', 1));
  index.add(message('305', 1));
  index.add(message('305', 2));
  index.remove(message('305', 1));
  index.remove(message('305', 1));
  index.remove(message('306', 9));
  expect(index.count('305')).toBe(1);
  expect(index.count('306')).toBe(0);
  expect(changed).toEqual(['305=1', '305=2', '305=1']);
  expect([...index.mailboxes()]).toEqual(['305']);
});

test('counts the messages of all mailboxes together, and tells of each new one once', async () => {
  let added = 0;
  index.onAdd = () => (added += 1);
  index.add(message('305', 1));
  index.add(message('305', 1));
  index.add(message('306', 1));
  index.add('beep');
  index.remove(message('306', 1));
  expect(index.size).toBe(1);
  expect(added).toBe(2);
  await index.load(stored(message('305', 1), message('307', 5), 'beep'), ALL_DECIDED);
  expect(index.size).toBe(2);
  expect(added).toBe(2);
});

test('a mailbox that has become empty is still known, so that its lamp can be cleared', async () => {
  index.add(message('305', 1));
  await index.load(stored(), ALL_DECIDED);
  expect(index.count('305')).toBe(0);
  expect([...index.mailboxes()]).toEqual(['305']);
  expect(changed).toEqual(['305=1', '305=0']);
});

test('what is no message is not counted', async () => {
  const names = [
    message('305', 1),
    'beep',
    'voicemail/305/1',
    'voicemail/305/Old/1',
    'voicemail/305/INBOX/old/1',
    'voicemail//INBOX/1',
    'voicemail/../INBOX/1',
    `voicemail/${'x'.repeat(33)}/INBOX/1`,
    'x/voicemail/305/INBOX/1',
  ];
  await index.load(stored(...names), ALL_DECIDED);
  for (const name of names) index.add(name);
  expect([...index.mailboxes()]).toEqual(['305']);
  expect(index.count('305')).toBe(1);
  expect(changed).toEqual(['305=1']);
});

test('a load tells only of the mailboxes whose count is another one', async () => {
  for (const mailbox of ['305', '306']) index.add(message(mailbox, 1));
  changed = [];
  await index.load(stored(message('305', 2), message('306', 1), message('306', 2)), ALL_DECIDED);
  expect(changed).toEqual(['306=2']);
});

test('a take that a call has not decided on is not counted until it is added', async () => {
  const take = message('305', 2);
  await index.load(stored(message('305', 1), take), () => new Set([take]));
  expect(index.count('305')).toBe(1);
  index.add(take);
  expect(index.count('305')).toBe(2);
  // Decided on, though the call is not over: its caller is still told goodbye.
  await index.load(stored(message('305', 1), take), () => new Set([take]));
  expect(index.count('305')).toBe(2);
});

test('changes while Asterisk lists count more than its answer', async () => {
  index.add(message('305', 1));
  index.add(message('305', 2));
  const asterisk = listing();
  const loaded = index.load(asterisk, ALL_DECIDED);
  index.add(message('305', 3)); // not in the list
  index.add(message('305', 4)); // in the list as well
  index.remove(message('305', 1)); // still in the list
  index.remove(message('305', 5)); // never added, still in the list
  index.add(message('305', 6));
  index.remove(message('305', 6));
  expect(index.count('305')).toBe(3);
  asterisk.answer([1, 2, 4, 5, 6, 7].map((id) => message('305', id)));
  await loaded;
  expect(index.count('305')).toBe(4); // 2, 3, 4, 7
  index.remove(message('305', 3));
  expect(index.count('305')).toBe(3);
});

test('two loads at once both keep what changed meanwhile, whichever is answered first', async () => {
  const [first, second] = [listing(), listing()];
  const loads = [index.load(first, ALL_DECIDED), index.load(second, ALL_DECIDED)];
  index.add(message('305', 1));
  second.answer([]);
  await loads[1];
  expect(index.count('305')).toBe(1);
  first.answer([]);
  await loads[0];
  expect(index.count('305')).toBe(1);
});

test('when the list does not come, nothing has changed, and the load says so', async () => {
  index.add(message('305', 1));
  const asterisk = listing();
  const loaded = index.load(asterisk, ALL_DECIDED);
  index.add(message('305', 2));
  asterisk.fail(new Error('no answer'));
  await expect(loaded).rejects.toThrow('no answer');
  expect(index.count('305')).toBe(2);
});

test('100,000 messages take less than a second of CPU, and one more costs next to nothing', async () => {
  const names = Array.from({ length: 100_000 }, (_, n) => message(`${n % 500}`, `1790000000000-179000-${n}`));
  const began = cpuMs();
  await index.load(stored(...names), ALL_DECIDED);
  const loaded = cpuMs();
  for (let n = 0; n < 1_000; n++) index.add(message('305', `more-${n}`));
  const added = cpuMs();
  expect(index.count('305')).toBe(1_200);
  expect(loaded - began).toBeLessThan(1_000);
  expect(added - loaded).toBeLessThan(100);
});

test('knows which recordings are messages', () => {
  index.add(message('305', 1));
  expect(index.has(message('305', 1))).toBe(true);
  expect(index.has(message('306', 1))).toBe(false);
  index.remove(message('305', 1));
  expect(index.has(message('305', 1))).toBe(false);
});
