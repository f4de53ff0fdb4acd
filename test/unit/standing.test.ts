/** What is noted of a call is what the next daemon reads; and of anything else it reads nothing. */
import { describe, expect, test } from 'vitest';
import type { CallOrigin } from '../../src/call/call-origin.ts';
import { NoteSeal } from '../../src/call/note-seal.ts';
import { readStanding, type Standing, writeStanding } from '../../src/call/standing.ts';

const take = 'voicemail/305/INBOX/1700000000000-1700000000-1__2';
const stored = 'voicemail/305/INBOX/1700000000000-1700000000-1';

const seal = new NoteSeal('S3CRET');

const origin: CallOrigin = {
  channel: { id: 'pbx,(a):1700000000.1', creationtime: '2023-11-14T22:13:20.123Z' },
  args: ['305', 'dial=PJSIP/305&Local/1@x/n', 'timeout=20'],
};

test.for<Omit<Standing, 'origin'>>([
  { state: 'taking', reason: 'hangup', stored: undefined, take },
  { state: 'taking', reason: 'hangup', stored, take },
  { state: 'paused', reason: 'hangup', stored, take },
  { state: 'reviewing', reason: 'hangup', stored, take: undefined },
  { state: 'copying', reason: 'hangup', stored, take: undefined },
  { state: 'ending', reason: 'bad-mailbox', stored: undefined, take: undefined },
])('$state, $reason, is read as it was written', (standing) => {
  for (const each of [origin, undefined]) {
    const note = writeStanding({ ...standing, origin: each }, seal);
    expect(readStanding(note, seal)).toEqual({ standing: { ...standing, origin: each }, isSealed: !!each });
  }
});

test('a note has nothing that Asterisk reads as more than text: the variables are set all at once', () => {
  const text = writeStanding({ state: 'taking', reason: 'hangup', stored, take, origin }, seal);
  expect(text).toMatch(/^[\w.:/%-]+$/);
});

test.for([
  '',
  'taking',
  'taking:hangup',
  'taking:hangup:',
  'taking:hangup:::',
  'talking:hangup::',
  'taking:boredom::',
  ':::',
  'TAKING:hangup::',
  'taking:hangup:::1700000000.1:1700000000123',
  'taking:hangup:::1700000000.1:never:305',
  'taking:hangup:::%:1700000000123:305',
  'taking:hangup:::1700000000.1:1700000000123:305:x:',
])('%j is no note', (text) => {
  expect(readStanding(text, seal)).toBeUndefined();
});

describe('the seal', () => {
  const note = writeStanding({ state: 'taking', reason: 'hangup', stored, take, origin }, seal);
  const isSealed = (text: string, by = seal) => readStanding(text, by)?.isSealed;

  test('is short, and fits what it was made for', () => {
    expect(note).toMatch(/:[\w-]{16}$/);
    expect(isSealed(note)).toBe(true);
  });

  test('fits nothing else, in any place', () => {
    for (let at = 0; at < note.length; at++) {
      const other = `${note.slice(0, at)}${note[at] === '1' ? '2' : '1'}${note.slice(at + 1)}`;
      expect(isSealed(other) ?? false, other).toBe(false);
    }
  });

  test.for(['', 'x', 'é', 'x'.repeat(16), 'x'.repeat(17), 'é'.repeat(16)])('is not "%s"', (forged) => {
    expect(isSealed(note.replace(/[^:]+$/, forged))).toBe(false);
  });

  test('is another with another password, and lacks in the notes of older versions, which are read', () => {
    expect(isSealed(note, new NoteSeal('another'))).toBe(false);
    expect(isSealed(note)).toBe(true);
    const older = note.replace(/:[^:]+$/, '');
    expect(readStanding(older, seal)).toEqual({
      standing: readStanding(note, seal)?.standing,
      isSealed: false,
    });
  });
});
