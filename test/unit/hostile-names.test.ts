/** Names from outside: whatever Asterisk says, a message's name stays in its mailbox, and a count is one of messages. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { MAILBOX_LENGTH, copyName, isMailbox, messageId, recordingName } from '../../src/mailbox/names.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { probeMailboxes } from '../../src/mailbox/mwi-mailboxes.ts';
import { HOSTILE_LIMIT, hostileRuns } from '../support/hostile-runs.ts';

const mailboxes = fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{1,${MAILBOX_LENGTH}}$`));
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', '$', '&', '%2F', '\n', '\0', 'a', '1', '-') }),
);
const times = fc.oneof(
  anyText,
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().replace('Z', '+0000')),
);

test(
  'a name is made of mailbox, INBOX and an id without a dot, whatever the channel is called',
  HOSTILE_LIMIT,
  () => {
    const property = fc.property(
      fc.tuple(mailboxes, mailboxes, anyText, times, fc.integer({ min: 1, max: 50 })),
      ([mailbox, other, id, creationtime, take]) => {
        const name = recordingName(mailbox, messageId({ id, creationtime }), take);
        const copy = copyName(name, other);
        expect(name).toMatch(/^voicemail\/[A-Za-z0-9_-]{1,32}\/INBOX\/[A-Za-z0-9-]+$/);
        expect(name.split('/')[1]).toBe(mailbox);
        expect(copy).toBe(`voicemail/${other}/INBOX/${name.split('/')[3]}-copy`);
      },
    );
    fc.assert(property, hostileRuns());
  },
);

test('nothing but 1 to 32 of A-Z a-z 0-9 _ - is a mailbox', HOSTILE_LIMIT, () => {
  const property = fc.property(anyText, (text) => {
    expect(isMailbox(text)).toBe(
      text.length >= 1 && text.length <= 32 && [...text].every((c) => /^[\w-]$/.test(c)),
    );
  });
  fc.assert(property, hostileRuns());
});

const message = fc
  .tuple(mailboxes, fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/))
  .map(([mailbox, id]) => `voicemail/${mailbox}/INBOX/${id}`);
const noMessage = fc.oneof(
  fc.jsonValue(),
  anyText.map((text) => `${text}/voicemail/305/INBOX/1`),
  anyText.map((text) => `voicemail/305/${text}/1`).filter((name) => name !== 'voicemail/305/INBOX/1'),
  fc.constantFrom<unknown>(undefined, null, 7, {}, '.', 'voicemail/305/INBOX/', 'voicemail/../INBOX/1'),
  fc
    .constantFrom('..', '.', '.hidden', 'a/../b', 'a\nb', 'a\0', '\u0085')
    .map((id) => `voicemail/305/INBOX/${id}`),
  fc.constantFrom('x'.repeat(1_000_000), '/'.repeat(1_000_000)).map((id) => `voicemail/305/INBOX/${id}`),
  anyText.filter((text) => !/^[\w-]{1,32}$/.test(text)).map((text) => `voicemail/${text}/INBOX/1`),
);
const lists = fc.array(fc.oneof(message, noMessage), { maxLength: 30 });

test('only messages are counted, each once, among any names that are stored', HOSTILE_LIMIT, async () => {
  const property = fc.asyncProperty(lists, lists, async (names, again) => {
    const index = new MessageIndex();
    for (const listed of [names, again, names]) {
      const recordings = listed.map((name) => ({ name: name as string, format: 'wav' }));
      const undecided = () => new Set<string>();
      await index.load({ listStoredRecordings: () => Promise.resolve(recordings) }, undecided);
    }
    for (const name of names) index.add(name as string);
    const real = new Set(names.filter((name) => isMessage(name)));
    const counted = [...index.mailboxes()].map((mailbox) => index.count(mailbox));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(real.size);
    expect([...index.mailboxes()].every(isMailbox)).toBe(true);
    for (const name of names) index.remove(name as string);
    expect([...index.mailboxes()].every((mailbox) => index.count(mailbox) === 0)).toBe(true);
  });
  await fc.assert(property, hostileRuns(5));
});

function isMessage(name: unknown): boolean {
  if (typeof name !== 'string' || name.length > 1_000) return false;
  const [voicemail, mailbox, inbox, id = '', ...more] = name.split('/');
  const placed = voicemail === 'voicemail' && inbox === 'INBOX' && more.length === 0 && isMailbox(mailbox);
  return placed && /^[^.]/.test(id) && !/\p{Cc}/u.test(id);
}

test(
  'mailboxes that Asterisk has counts of are known only by a name that can be one',
  HOSTILE_LIMIT,
  async () => {
    const names = fc.array(
      fc.oneof(
        fc.jsonValue(),
        anyText,
        mailboxes.map((mailbox) => `${mailbox}@default`),
      ),
    );
    const property = fc.asyncProperty(names, async (listed) => {
      const ari = { listMailboxes: () => Promise.resolve(listed) } as unknown as AriPort;
      const { backend } = await probeMailboxes(ari, 'default');
      expect(backend.known.every(isMailbox)).toBe(true);
    });
    await fc.assert(property, hostileRuns());
  },
);
