/** The chaos test's verdict: what is lost, doubled or wrong is found, and what a lost key explains is not. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../chaos/disk.ts';
import { judge } from '../chaos/verdict.ts';
import type { WitnessedCall } from '../chaos/witness.ts';

const NAME = 'voicemail/305/INBOX/1700000000000-caller-1-far';
const SECOND = `${NAME}__2`;

const said = (hz: number, from: number, to: number) => ({ hz, from, to, channel: 'caller-1' });

/** A call in which 440 Hz was said from second 1 to 3, and recorded from 0.5 to 4. */
function witnessed(more: Partial<WitnessedCall> = {}): WitnessedCall {
  return {
    script: { mailbox: '305', acts: [] },
    id: 'caller-1',
    farId: 'caller-1-far',
    said: [said(440, 1000, 3000)],
    keys: [],
    takes: [{ name: NAME, parts: [{ from: 500, to: 4000 }] }],
    muted: [],
    reason: 'hangup',
    isPutThrough: false,
    isBridged: false,
    ended: true,
    gaveUp: false,
    ...more,
  };
}

/** As above, and then `*` in the review, and 900 Hz from second 11 to 13. */
const redone = (more: Partial<WitnessedCall> = {}) =>
  witnessed({
    said: [said(440, 1000, 3000), said(900, 11_000, 13_000)],
    keys: [
      { digit: '#', at: 4000 },
      { digit: '*', at: 8000 },
    ],
    takes: [
      { name: NAME, parts: [{ from: 500, to: 4000 }] },
      { name: SECOND, parts: [{ from: 10_500, to: 14_000 }] },
    ],
    ...more,
  });

function message(hz: number, toneSeconds: number, { name = NAME, seconds = 3.5 } = {}): Message {
  const [, mailbox = ''] = name.split('/');
  return { name, mailbox, seconds, sounds: [{ hz, seconds: toneSeconds, levelDb: -10 }] };
}

const second = message(900, 2, { name: SECOND });
const kinds = (...of: Parameters<typeof judge>) => judge(...of).problems.map(({ kind }) => kind);
const line = (msg: string, more: object = {}) => ({ level: 'info', msg, ...more });

describe('a message that was spoken', () => {
  test('is expected, and is there', () => {
    expect(judge(witnessed(), [message(440, 2)], [])).toEqual({
      expected: true,
      keptInDoubt: false,
      problems: [],
    });
  });
  test('is lost when it is not there', () => expect(kinds(witnessed(), [], [])).toEqual(['lost']));
  test('is lost when half of it is', () =>
    expect(kinds(witnessed(), [message(440, 1)], [])).toEqual(['lost']));
  test("is lost when another caller's is there", () =>
    expect(kinds(witnessed(), [message(530, 2)], [])).toEqual(['lost']));
  test('may be a little shorter', () => expect(kinds(witnessed(), [message(440, 1.8)], [])).toEqual([]));
  test('may be gone when the take is too short, and not when only the words are', () => {
    const takes = [{ name: NAME, parts: [{ from: 500, to: 1700 }] }];
    expect(judge(witnessed({ takes }), [], []).expected).toBe(false);
    expect(kinds(witnessed({ said: [said(440, 1000, 1800)] }), [], [])).toEqual(['lost']);
  });
  test('may be gone when nothing came from the phone for most of the take', () =>
    expect(kinds(witnessed({ muted: [{ from: 1700, to: 4000 }] }), [], [])).toEqual([]));
  test('may be shorter by the time in which nothing came', () => {
    const short = message(440, 2, { seconds: 2.6 });
    expect(kinds(witnessed(), [short], [])).toEqual(['wrong length']);
    expect(kinds(witnessed({ muted: [{ from: 3100, to: 4000 }] }), [short], [])).toEqual([]);
  });
  test('is not expected where nothing was recorded', () =>
    expect(judge(witnessed({ takes: [] }), [], []).expected).toBe(false));
  test('has the wrong length when there is more than was recorded', () =>
    expect(kinds(witnessed(), [message(440, 2, { seconds: 4.5 })], [])).toEqual(['wrong length']));
  test('has the wrong length when something else of it is missing', () =>
    expect(kinds(witnessed(), [message(440, 2, { seconds: 2.5 })], [])).toEqual(['wrong length']));
  test('has all parts of it around a pause', () => {
    const parts = [
      { from: 500, to: 4000 },
      { from: 9000, to: 11_000 },
    ];
    const call = witnessed({ takes: [{ name: NAME, parts }] });
    expect(kinds(call, [message(440, 2, { seconds: 5.5 })], [])).toEqual([]);
    expect(kinds(call, [message(440, 2, { seconds: 4.5 })], [])).toEqual(['wrong length']);
    expect(kinds(call, [message(440, 0, { seconds: 2 })], [])).toEqual(['lost']);
  });
});

describe('a message that may have been thrown away', () => {
  const star = { digit: '*', at: 3500 };
  test('by * may be gone or there', () => {
    const call = witnessed({ keys: [star] });
    expect([...kinds(call, [], []), ...kinds(call, [message(440, 2)], [])]).toEqual([]);
  });
  test('by * while it was paused may be gone', () => {
    const keys = [
      { digit: '5', at: 3900 },
      { digit: '*', at: 9000 },
    ];
    expect(kinds(witnessed({ keys }), [], [])).toEqual([]);
  });
  test('by 9 may be gone or there', () => {
    const call = witnessed({ keys: [{ digit: '9', at: 9000 }] });
    expect([...kinds(call, [], []), ...kinds(call, [message(440, 2)], [])]).toEqual([]);
  });
  test('by 9 must be gone when the daemon said so', () => {
    const call = witnessed({ keys: [{ digit: '9', at: 9000 }], reason: 'discarded' });
    expect(kinds(call, [message(440, 2)], [])).toEqual(['not discarded']);
  });
  test('is lost when the daemon says discarded and nobody pressed 9', () =>
    expect(kinds(witnessed({ reason: 'discarded' }), [], [])).toEqual(['lost']));
  test('is lost when the dialplan took it, which knows no such keys', () => {
    const call = witnessed({ keys: [star], takes: [{ name: undefined, parts: [{ from: 500, to: 4000 }] }] });
    expect(kinds(call, [], [])).toEqual(['lost']);
  });
});

describe('a message that was recorded again', () => {
  test('is the later one', () => expect(kinds(redone(), [second], [])).toEqual([]));
  test('is lost when only the earlier one is there', () =>
    expect(kinds(redone(), [message(440, 2)], [])).toEqual(['lost']));
  test('is doubled when both are', () =>
    expect(kinds(redone(), [message(440, 2), second], [])).toEqual(['doubled']));
  test('may be there twice in doubt', () => {
    const verdict = judge(
      redone(),
      [message(440, 2), second],
      [line('Not sure of this recording: keeping all')],
    );
    expect(verdict).toMatchObject({ keptInDoubt: true, problems: [] });
  });
  test('is the earlier one when the later is thrown away, and one of them must be there', () => {
    const keys = [...redone().keys, { digit: '*', at: 13_500 }];
    expect(kinds(redone({ keys }), [message(440, 2)], [])).toEqual([]);
    expect(kinds(redone({ keys }), [], [])).toEqual(['lost']);
  });
});

test('a copy is in the other mailbox, and does not double the message', () => {
  const copy = message(440, 2, { name: NAME.replace('305', '306') });
  const log = [line('Copied recording', { copy: copy.name })];
  expect(kinds(witnessed(), [message(440, 2), copy], log)).toEqual([]);
  expect(kinds(witnessed(), [message(440, 2)], log)).toEqual(['lost']);
});

describe('a caller who waits for the beep', () => {
  const waiting = witnessed({ takes: [], said: [], gaveUp: true });
  const [recording, reviewing] = ['Entering recording state', 'Entering reviewing state'].map((msg) =>
    line(msg),
  );
  const adopted = (standing: string) => line('Taking up a call', { standing });

  test.for<[string, (ReturnType<typeof line> | undefined)[]]>([
    ['at the beginning', []],
    ['after a * that was read', [recording, reviewing, recording]],
    ['after a daemon has taken the call up', [recording, adopted('taking'), recording]],
    ['after a pause', [recording, line('Pausing recording'), line('Unpausing recording')]],
  ])('must not wait in vain %s', ([, log]) =>
    expect(
      kinds(
        waiting,
        [],
        log.filter((each) => each !== undefined),
      ),
    ).toEqual(['no beep']),
  );
  test.for<[string, (ReturnType<typeof line> | undefined)[]]>([
    ['hears the message', [recording, reviewing]],
    [
      'hears it again after another daemon has taken the call up',
      [recording, reviewing, adopted('reviewing'), reviewing],
    ],
    ['has paused', [recording, line('Pausing recording')]],
    ['has paused before another daemon has taken the call up', [adopted('paused'), recording]],
  ])('waits for nothing whose key was lost, and who %s', ([, log]) =>
    expect(
      kinds(
        waiting,
        [],
        log.filter((each) => each !== undefined),
      ),
    ).toEqual([]),
  );
});

describe('a caller who says nothing', () => {
  const silent = witnessed({ said: [] });
  const silence: Message = { ...message(440, 0), sounds: [{ hz: undefined, seconds: 3.5, levelDb: -96 }] };
  const over = line('Call over');

  test('leaves nothing', () => {
    expect(kinds(silent, [], [over])).toEqual([]);
    expect(kinds(silent, [silence], [over])).toEqual(['silence kept']);
  });
  test('may leave something where no daemon has seen the end, or one could not tell what is in it', () => {
    expect(kinds(silent, [silence], [])).toEqual([]);
    for (const msg of ['Not sure of this recording: keeping all', 'Could not delete recording'])
      expect(kinds(silent, [silence], [line(msg), over])).toEqual([]);
  });
  test('may leave something with the dialplan', () => {
    const call = witnessed({ said: [], takes: [{ name: undefined, parts: [{ from: 500, to: 4000 }] }] });
    expect(kinds(call, [silence], [over])).toEqual([]);
  });
});

describe('a recording of a conversation', () => {
  const CONVERSATION = NAME.replace('INBOX', 'Conversations');
  const talk = (more: Partial<WitnessedCall> = {}) =>
    witnessed({
      takes: [{ name: CONVERSATION, parts: [{ from: 500, to: 4000 }] }],
      isBridged: true,
      ...more,
    });
  const kept = message(440, 2, { name: CONVERSATION });

  test('is expected, and is there', () =>
    expect(judge(talk(), [kept], [])).toEqual({ expected: true, keptInDoubt: false, problems: [] }));
  test('is lost when it is not there, and a message of the same voice does not count', () => {
    expect(kinds(talk(), [], [])).toEqual(['lost']);
    expect(kinds(talk(), [message(440, 2)], [])).toEqual(['lost']);
  });
  test('is not doubled by a second one, nor replaced', () => {
    const both = talk({
      said: [said(440, 1000, 3000), said(900, 11_000, 13_000)],
      takes: [...talk().takes, { name: `${CONVERSATION}-2`, parts: [{ from: 10_500, to: 14_000 }] }],
    });
    const later = message(900, 2, { name: `${CONVERSATION}-2` });
    expect(kinds(both, [kept, later], [])).toEqual([]);
    expect(kinds(both, [later], [])).toEqual(['lost']);
  });
  test('may lack what was said after 5 or 6, but nothing that was said before', () => {
    const keys = (at: number) => [{ digit: '6', at }];
    expect(kinds(talk({ keys: keys(900) }), [message(530, 2, { name: CONVERSATION })], [])).toEqual([]);
    expect(kinds(talk({ keys: keys(4000) }), [message(530, 2, { name: CONVERSATION })], [])).toEqual([
      'lost',
    ]);
  });
  test('may be shorter by what nobody said, and not longer', () => {
    const lasting = (seconds: number) => [message(440, 2, { name: CONVERSATION, seconds })];
    expect(kinds(talk(), lasting(2.2), [])).toEqual([]);
    expect(kinds(talk(), lasting(4.5), [])).toEqual(['wrong length']);
  });
});
