/** Takes by their names: which belong to one message, and which only look so. */
import { describe, expect, test } from 'vitest';
import { groupTakes, laterMessageId, messageId, recordingName, takesOf } from '../../src/mailbox/names.ts';

const INBOX = 'voicemail/305/INBOX';
const CREATED = '1763829400123';
const ID = `${CREATED}-1763829400-2`;
const inbox = (...names: string[]) => names.map((name) => `${INBOX}/${name}`);

test('the later messages of a channel have ids of their own', () => {
  expect([1, 2, 3].map((n) => laterMessageId(ID, n))).toEqual([ID, `${ID}-m2`, `${ID}-m3`]);
});

const grouped = (names: string[]) => groupTakes(names).map(({ takes }) => takes);

describe('the takes of a channel', () => {
  test('are found in order, message by message', () => {
    const names = inbox(`${ID}__10`, `${ID}-m2__2`, `${ID}__2`, `${ID}-m2`, ID);
    expect(takesOf('305', ID, names)).toEqual([
      { name: `${INBOX}/${ID}`, message: 1, take: 1 },
      { name: `${INBOX}/${ID}__2`, message: 1, take: 2 },
      { name: `${INBOX}/${ID}__10`, message: 1, take: 10 },
      { name: `${INBOX}/${ID}-m2`, message: 2, take: 1 },
      { name: `${INBOX}/${ID}-m2__2`, message: 2, take: 2 },
    ]);
  });

  test('are found as earlier versions named them', () => {
    const names = inbox(ID, `${ID}-2`, `${ID}__3`, `${ID}-m2-2`);
    expect(takesOf('305', ID, names).map(({ message, take }) => [message, take])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 2],
    ]);
  });

  test("are not guessed from such a name and an id that is not Asterisk's, unless one of them is known", () => {
    const id = `${CREATED}-call`;
    const names = inbox(id, `${id}-2`, `${id}__3`);
    const found = (noted?: string) => takesOf('305', id, names, noted).map(({ name }) => name);
    expect(found()).toEqual(inbox(id, `${id}__3`));
    expect(found(`${INBOX}/${id}`)).toEqual(inbox(id, `${id}__3`));
    expect(found(`${INBOX}/${id}-2`)).toEqual(names);
  });

  test('are what names.ts calls them', () => {
    for (const message of [1, 2, 12])
      for (const take of [1, 2, 12]) {
        const name = recordingName('305', laterMessageId(ID, message), take);
        expect(takesOf('305', ID, [name])).toEqual([{ name, message, take }]);
      }
  });

  test('are none of another channel, mailbox or folder', () => {
    const others = inbox(
      `${ID}3`,
      `${ID}-x`,
      `${ID}-m`,
      `${ID}-m2-x`,
      `${ID}-2-2`,
      `x${ID}`,
      `${ID}-2.wav`,
      `${ID}_2`,
      `${ID}__x`,
    );
    expect(takesOf('305', ID, [...others, `voicemail/306/INBOX/${ID}`, `voicemail/305/Old/${ID}`])).toEqual(
      [],
    );
  });
});

describe('takes of one message, among all names', () => {
  test('are grouped, in order', () => {
    expect(grouped(inbox(`${ID}__10`, `${ID}__2`, ID))).toEqual([inbox(ID, `${ID}__2`, `${ID}__10`)]);
  });

  test('are grouped as earlier versions named them', () => {
    expect(grouped(inbox(`${ID}__10`, `${ID}-2`, ID))).toEqual([inbox(ID, `${ID}-2`, `${ID}__10`)]);
  });

  test.for(['sip-call', 'caller-4f-far', '2', 'call-2', 'Über.1'])(
    'are grouped whatever the id of the channel is, also where the first is gone: %s',
    (id) => {
      const message = messageId({ id, creationtime: '2025-11-22T16:36:40.123+0000' });
      const takes = [1, 2, 3].map((take) => recordingName('305', message, take));
      expect(grouped(takes)).toEqual([takes]);
      expect(grouped(takes.slice(1))).toEqual([takes.slice(1)]);
    },
  );

  test('are grouped where the first is gone already', () => {
    expect(grouped(inbox(`${ID}-3`, `${ID}-2`))).toEqual([inbox(`${ID}-2`, `${ID}-3`)]);
  });

  test("are grouped with a system's name in the channel's id", () => {
    const id = `${CREATED}-pbx-7-1763829400-2`;
    expect(grouped(inbox(`${id}-2`, `${id}-3`))).toEqual([inbox(`${id}-2`, `${id}-3`)]);
  });

  test('are grouped for each message of a channel', () => {
    expect(grouped(inbox(ID, `${ID}-2`, `${ID}-m2`, `${ID}-m2-2`, `${ID}-m3-2`, `${ID}-m3-3`))).toEqual([
      inbox(ID, `${ID}-2`),
      inbox(`${ID}-m2`, `${ID}-m2-2`),
      inbox(`${ID}-m3-2`, `${ID}-m3-3`),
    ]);
  });

  test('are no group when there is one', () => {
    expect(grouped(inbox(ID, `${ID}-m2`, `${ID}-m3-2`))).toEqual([]);
  });

  test('are not those of another mailbox', () => {
    expect(grouped([`${INBOX}/${ID}`, `voicemail/306/INBOX/${ID}-2`])).toEqual([]);
  });

  test.for<[string, string]>([
    ['1763829400.2', '1763829400.3'],
    ['1763829400.1', '1763829400.2'],
    ['pbx-1763829400.2', 'pbx-1763829400.3'],
    ['call-2', 'call-3'],
    ['call', 'call-2'],
    ['call', 'call--2'],
    ['call', 'call__2'],
    ['2', '3'],
    ['a', 'b-2'],
  ])('are not those of two channels of the same millisecond, %s and %s', ([one, other]) => {
    const creationtime = '2025-11-22T16:36:40.123+0000';
    const names = [one, other].map((id) => recordingName('305', messageId({ id, creationtime }), 1));
    expect(names[0]).toContain(CREATED);
    expect(grouped(names)).toEqual([]);
  });

  test('are none of what the shipped dialplan has recorded in one second', () => {
    const at = (n: number) => `1763829400000-1763829400-${n}`;
    expect(grouped(inbox(at(1), at(2), at(3), at(21)))).toEqual([]);
  });

  test("are not guessed from an id that is not Asterisk's", () => {
    expect(grouped(inbox(`${CREATED}-sip-call-2`, `${CREATED}-sip-call-3`))).toEqual([]);
    expect(grouped(inbox(`${CREATED}-1700000000-5-2`, `${CREATED}-1700000000-5-3`))).toEqual([]);
  });
});
