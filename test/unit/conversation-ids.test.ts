/** Ids of legs and bridges: none is taken for a caller's, and no caller's for one of them. */
import { expect, test } from 'vitest';
import {
  bridgeId,
  callerOfBridge,
  callerOfLeg,
  legArguments,
  legId,
  readLeg,
} from '../../src/call/conversation-ids.ts';

const CALLERS = ['1763829400.12', 'pbx-1763829400.12', '1763829400.12-vm-leg1;2'];

test.for(CALLERS)('the caller %s is found by its legs and its bridge', (caller) => {
  for (let n = 1; n <= 9; n++) expect(callerOfLeg(legId(caller, n))).toBe(caller);
  expect(callerOfBridge(bridgeId(caller))).toBe(caller);
});

test.for([
  ...CALLERS,
  '1763829400.12-vm-leg1;1',
  '1763829400.12-vm-leg0',
  '1763829400.12-vm-leg10',
  '-vm-leg1',
  'leg1',
])('%s is no leg', (id) => {
  expect(callerOfLeg(id)).toBeUndefined();
});

test('no id is the beginning of another: Asterisk would refuse it', () => {
  const ids = Array.from({ length: 9 }, (_, n) => legId('1763829400.1', n + 1));
  for (const one of ids) expect(ids.filter((other) => other.startsWith(one))).toEqual([one]);
});

test.for(CALLERS)(
  'a leg of %s is known by its arguments on any channel, and by its id without any',
  (caller) => {
    const channel = { id: caller, creationtime: '2023-11-14T22:13:20.123Z' };
    const origin = { channel, args: ['305', 'dial=PJSIP/305&PJSIP/306'] };
    const id = legId(caller, 2);
    const args = legArguments(id, origin).split(',');
    expect(readLeg('1763829400.99', args)).toEqual({ legId: id, origin });
    expect(readLeg(id, args)).toEqual({ legId: id, origin });
    expect(readLeg(id, ['leg'])).toEqual({ legId: id, origin: undefined });
  },
);

test.for([['leg'], ['leg', '305'], ['leg', 'dial=PJSIP/305'], ['leg', '%'], ['305'], []])(
  'a caller of %j is no leg: leg is a mailbox like any other',
  (args) => {
    expect(readLeg('1763829400.99', args)).toBeUndefined();
  },
);
