/** Which mailboxes there can be, and the names of messages on disk. */
import { expect, test } from 'vitest';
import { isMailbox, messageId, recordingName } from '../../src/mailbox/names.ts';

test.for(['305', 'a', 'Sales_2-b', 'x'.repeat(32)])('%s is a mailbox', (name) => {
  expect(isMailbox(name)).toBe(true);
});

test.for([
  undefined,
  '',
  '.',
  '..',
  '../305',
  '305/INBOX',
  '3 05',
  '305\n',
  '\u0000',
  'é',
  '٣٠٥',
  'x'.repeat(33),
])('%j is no mailbox', (name) => {
  expect(isMailbox(name)).toBe(false);
});

test('a message is named after the creation time and the id of its channel, without a dot', () => {
  const id = messageId({ id: '1411497846.53', creationtime: '2014-09-23T18:44:06.530+0000' });
  expect(id).toBe('1411497846530-1411497846-53');
});

test("the creation time counts in Asterisk's own time zone", () => {
  const id = messageId({ id: 'x', creationtime: '2014-09-23T20:44:06.530+0200' });
  expect(id).toBe('1411497846530-x');
});

test('each take of a message has a name of its own, in the INBOX', () => {
  expect([1, 2, 3].map((take) => recordingName('305', 'id', take))).toEqual([
    'voicemail/305/INBOX/id',
    'voicemail/305/INBOX/id__2',
    'voicemail/305/INBOX/id__3',
  ]);
});

test('names sort by time', () => {
  const at = (creationtime: string) => messageId({ id: 'z', creationtime });
  const [later, earlier] = [at('2026-01-01T00:00:00.001+0000'), at('2026-01-01T00:00:00.000+0000')];
  expect([later, earlier].sort()).toEqual([earlier, later]);
});
