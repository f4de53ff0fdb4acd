/** What is noted of a call is what the next daemon reads; and of anything else it reads nothing. */
import { expect, test } from 'vitest';
import { readStanding, type Standing, writeStanding } from '../../src/call/standing.ts';

const take = 'voicemail/305/INBOX/1700000000000-1700000000-1__2';
const stored = 'voicemail/305/INBOX/1700000000000-1700000000-1';

test.for<Standing>([
  { state: 'taking', reason: 'hangup', stored: undefined, take },
  { state: 'taking', reason: 'hangup', stored, take },
  { state: 'paused', reason: 'hangup', stored, take },
  { state: 'reviewing', reason: 'hangup', stored, take: undefined },
  { state: 'copying', reason: 'hangup', stored, take: undefined },
  { state: 'ending', reason: 'bad-mailbox', stored: undefined, take: undefined },
])('$state, $reason, is read as it was written', (standing) => {
  expect(readStanding(writeStanding(standing))).toEqual(standing);
});

test('a note has no comma: the variables are set all at once, with commas between', () => {
  expect(writeStanding({ state: 'taking', reason: 'hangup', stored, take })).not.toContain(',');
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
])('%j is no note', (text) => {
  expect(readStanding(text)).toBeUndefined();
});
