/** What is noted of a call is what the next daemon reads; and of anything else it reads nothing. */
import { expect, test } from 'vitest';
import type { CallOrigin } from '../../src/call/call-origin.ts';
import { readStanding, type Standing, writeStanding } from '../../src/call/standing.ts';

const take = 'voicemail/305/INBOX/1700000000000-1700000000-1__2';
const stored = 'voicemail/305/INBOX/1700000000000-1700000000-1';

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
    expect(readStanding(writeStanding({ ...standing, origin: each }))).toEqual({ ...standing, origin: each });
  }
});

test('a note has nothing that Asterisk reads as more than text: the variables are set all at once', () => {
  const text = writeStanding({ state: 'taking', reason: 'hangup', stored, take, origin });
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
  'taking:hangup:::1700000000.1:1700000000123:305:',
])('%j is no note', (text) => {
  expect(readStanding(text)).toBeUndefined();
});
