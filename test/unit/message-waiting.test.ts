/** MessageWaiting: order, coalescing, retries, and no flood; which back-end is chosen; how minivm saves calls. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { AriError } from '../../src/ari/ari-error.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { MessageWaiting } from '../../src/mailbox/message-waiting.ts';
import type { MwiBackend } from '../../src/mailbox/mwi-backend.ts';
import { chooseMwiBackend, type MwiMode } from '../../src/mailbox/mwi-choice.ts';
import { FakeAsterisk } from '../support/fake-asterisk.ts';

/** A back-end whose answers come when told. */
class ManualBackend implements MwiBackend {
  readonly name = 'mailboxes';
  known: string[] = [];
  readonly atOnce = 4;
  readonly sent: string[] = [];
  readonly #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];

  publish(mailbox: string, newMessages: number): Promise<void> {
    this.sent.push(`${mailbox}=${newMessages}`);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  flush(): void {}

  /** Answers the one that was sent first. */
  async answer(error?: Error): Promise<void> {
    const answer = this.#answers.shift();
    if (error) answer?.reject(error);
    else answer?.resolve();
    await setImmediate();
  }

  get underWay(): number {
    return this.#answers.length;
  }
}

const message = (mailbox: string, id: number) => `voicemail/${mailbox}/INBOX/${id}`;
const REFUSED = new AriError('PUT /mailboxes: 500 refused', 500);

let log: DaemonLog;
let index: MessageIndex;
let backend: ManualBackend;
let waiting: MessageWaiting;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  log = new DaemonLog();
  index = new MessageIndex();
  backend = new ManualBackend();
  waiting = new MessageWaiting({ index, mailboxes: [], log: createLog('info', log) });
});

afterEach(() => {
  waiting.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const said = () => log.lines.map(({ level, msg }) => `${level}: ${msg}`);

describe('publishing', () => {
  test('each connect publishes every count: of the index, of VM_MAILBOXES, and what Asterisk had before', () => {
    waiting = new MessageWaiting({ index, mailboxes: ['306', '305'], log: createLog('info', log) });
    backend.known = ['307', '306'];
    index.add(message('305', 1));
    expect(backend.sent).toEqual([]);
    waiting.publishAll(backend);
    expect(backend.sent).toEqual(['305=1', '306=0', '307=0']);
  });

  test('several changes at once become one, and the latest count goes out last', async () => {
    waiting.publishAll(backend);
    for (let n = 1; n <= 5; n++) index.add(message('305', n));
    expect(backend.sent).toEqual(['305=1']);
    index.remove(message('305', 1));
    await backend.answer();
    expect(backend.sent).toEqual(['305=1', '305=4']);
    await backend.answer();
    expect(backend.underWay).toBe(0);
  });

  test('only a few are under way at once; the others follow in the order in which they changed', async () => {
    for (let n = 0; n < 10; n++) index.add(message(`30${n}`, 1));
    waiting.publishAll(backend);
    expect(backend.underWay).toBe(4);
    index.add(message('309', 2));
    for (let n = 0; n < 10; n++) {
      await backend.answer();
      expect(backend.underWay).toBeLessThanOrEqual(4);
    }
    const expected = Array.from({ length: 9 }, (_, n) => `30${n}=1`);
    expect(backend.sent).toEqual([...expected, '309=2']);
  });

  test('what failed is tried again, ever more slowly, until it succeeds; one warning, one all-clear', async () => {
    waiting.publishAll(backend);
    index.add(message('305', 1));
    index.add(message('306', 1));
    const pauses = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const [n, pause] of pauses.entries()) {
      await backend.answer(REFUSED);
      await backend.answer(REFUSED);
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(backend.sent).toHaveLength(2 * (n + 1));
      await vi.advanceTimersByTimeAsync(1);
      expect(backend.sent).toHaveLength(2 * (n + 2));
    }
    expect(said()).toEqual(['warn: Could not publish message waiting: trying again']);
    await backend.answer();
    expect(said()).toHaveLength(1);
    await backend.answer();
    expect(said().slice(1)).toEqual(['info: Message waiting works again']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a newer count replaces one that waits to be tried again', async () => {
    waiting.publishAll(backend);
    index.add(message('305', 1));
    await backend.answer(REFUSED);
    index.add(message('305', 2));
    expect(backend.sent).toEqual(['305=1', '305=2']);
    await backend.answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(backend.sent).toHaveLength(2);
  });

  test('a change while a publishing fails is not lost, nor sent twice', async () => {
    waiting.publishAll(backend);
    index.add(message('305', 1));
    index.add(message('305', 2));
    await backend.answer(REFUSED);
    expect(backend.sent).toEqual(['305=1', '305=2']);
    await backend.answer();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(backend.sent).toHaveLength(2);
  });

  test('after stop nothing is sent and no timer is left; the next connect begins again', async () => {
    waiting.publishAll(backend);
    for (const mailbox of ['305', '306']) index.add(message(mailbox, 1));
    await backend.answer(REFUSED);
    waiting.stop();
    expect(vi.getTimerCount()).toBe(0);
    await backend.answer(REFUSED);
    index.add(message('305', 2));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(backend.sent).toEqual(['305=1', '306=1']);
    waiting.publishAll(backend);
    expect(backend.sent.slice(2)).toEqual(['305=2', '306=1']);
  });

  test('a new back-end takes over what the old one was busy with, without overtaking it', async () => {
    const other = new ManualBackend();
    waiting.publishAll(backend);
    index.add(message('305', 1));
    waiting.publishAll(other);
    expect(other.sent).toEqual([]);
    await backend.answer();
    expect(other.sent).toEqual(['305=1']);
  });
});

describe('the choice of the back-end', () => {
  const choose = async (mode: MwiMode, mwi: FakeAsterisk['mwi']) => {
    const asterisk = new FakeAsterisk();
    asterisk.mwi = mwi;
    const choice = chooseMwiBackend(mode, asterisk, 'default', createLog('info', log));
    await vi.runAllTimersAsync();
    return { asterisk, chosen: await choice };
  };

  test.for([
    ['auto', 'mailboxes', 'mailboxes', 'info'],
    ['auto', 'minivm', 'minivm', 'info'],
    ['auto', 'none', undefined, 'warn'],
    ['off', 'minivm', undefined, 'info'],
    ['mailboxes', 'mailboxes', 'mailboxes', 'info'],
    ['mailboxes', 'minivm', 'mailboxes', 'warn'],
    ['minivm', 'minivm', 'minivm', 'info'],
    ['minivm', 'mailboxes', 'minivm', 'warn'],
  ] as const)('VM_MWI=%s on an Asterisk with %s: %s, and one line: %s', async ([mode, mwi, name, level]) => {
    const { chosen } = await choose(mode, mwi);
    expect(chosen?.name).toBe(name);
    expect(log.lines.map((line) => line.level)).toEqual([level]);
  });

  test.for(['mailboxes', 'minivm'] as const)('%s lights the lamp of 305@default', async (mwi) => {
    const { asterisk, chosen } = await choose('auto', mwi);
    const published = chosen?.publish('305', 3);
    await vi.runAllTimersAsync();
    await published;
    expect(asterisk.lamps.get('305@default')).toBe(3);
  });

  test('/mailboxes knows the mailboxes of its context that Asterisk has counts of', async () => {
    const asterisk = new FakeAsterisk();
    asterisk.mwi = 'mailboxes';
    for (const name of ['305@default', '306@other', '@default', 'a/b@default']) asterisk.lamps.set(name, 1);
    const choice = chooseMwiBackend('auto', asterisk, 'default', createLog('info', log));
    await vi.runAllTimersAsync();
    expect((await choice)?.known).toEqual(['305']);
  });

  test('without any, the one warning says what to load', async () => {
    await choose('auto', 'none');
    expect(log.lines).toEqual([
      expect.objectContaining({
        msg: 'No message waiting: Asterisk needs what one of these lacks',
        missing: [
          'mailboxes: res_ari_mailboxes.so (with res_stasis_mailbox.so, res_mwi_external.so) is not loaded',
          'minivm: app_minivm.so is not loaded',
        ],
      }),
    ]);
  });

  test('minivm without the shipped context does not count', async () => {
    const asterisk = new FakeAsterisk();
    asterisk.faults = (operation) => (operation === 'callDialplan' ? { status: 404 } : undefined);
    const choice = chooseMwiBackend('auto', asterisk, 'default', createLog('info', log));
    await vi.runAllTimersAsync();
    expect(await choice).toBeUndefined();
    expect(log.lines[0]?.['missing']).toContain(
      'minivm: the dialplan has no working context [vm-mwi]: #include extensions-vm-record.conf',
    );
  });

  test('an Asterisk that does not answer properly decides nothing', async () => {
    const asterisk = new FakeAsterisk();
    asterisk.faults = () => ({ status: 503 });
    const choice = chooseMwiBackend('auto', asterisk, 'default', createLog('info', log));
    const outcome = expect(choice).rejects.toThrow('503');
    await vi.runAllTimersAsync();
    await outcome;
    expect(log.lines).toEqual([]);
  });
});

describe('minivm', () => {
  const GATHER_MS = 250;
  let asterisk: FakeAsterisk;
  /** The calls into the dialplan: the lamps that each was given. */
  let calls: string[][];
  /** Ends each call that is under way: it has worked, or failed. */
  let end: ((error?: Error) => Promise<void>)[];
  let minivm: MwiBackend;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    asterisk = new FakeAsterisk();
    const choice = chooseMwiBackend('minivm', asterisk, 'default', createLog('info', log));
    await vi.runAllTimersAsync();
    const backend = await choice;
    if (!backend) throw new Error('there is no minivm');
    minivm = backend;
    calls = [];
    end = [];
    asterisk.callDialplan = (_extension, _context, variables) => {
      calls.push(Object.values(variables));
      return new Promise((resolve, reject) =>
        end.push(async (error) => {
          if (error) reject(error);
          else resolve();
          await setImmediate();
        }),
      );
    };
  });

  /** What became of publish(), for each mailbox. */
  function publish(...mailboxes: string[]): Map<string, string> {
    const outcomes = new Map(mailboxes.map((mailbox) => [mailbox, 'under way']));
    for (const mailbox of mailboxes)
      minivm.publish(mailbox, 1).then(
        () => outcomes.set(mailbox, 'done'),
        (error: Error) => outcomes.set(mailbox, error.message),
      );
    return outcomes;
  }

  const lamps = (...mailboxes: string[]) => mailboxes.map((mailbox) => `${mailbox}@default,0,1,0`);
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => String(from + n));

  test('the first count goes out at once, and those that follow together, when its call and a pause are over', async () => {
    publish('301');
    expect(calls).toEqual([lamps('301')]);
    publish('302', '303');
    await vi.advanceTimersByTimeAsync(100);
    await end.shift()?.();
    publish('304');
    await vi.advanceTimersByTimeAsync(GATHER_MS - 101);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls.slice(1)).toEqual([lamps('302', '303', '304')]);
    await end.shift()?.();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    publish('305');
    expect(calls.slice(2)).toEqual([lamps('305')]);
  });

  test('no call begins while one is under way, and the next as soon as it is over', async () => {
    publish('301', '302');
    await vi.advanceTimersByTimeAsync(4 * GATHER_MS);
    publish('303');
    expect(calls).toEqual([lamps('301')]);
    await end.shift()?.();
    expect(calls.slice(1)).toEqual([lamps('302', '303')]);
  });

  test('a call takes twenty mailboxes at most', async () => {
    const outcomes = publish(...range(100, 150));
    for (let n = 0; n < 4; n++) {
      await vi.advanceTimersByTimeAsync(GATHER_MS);
      await end.shift()?.();
    }
    expect(calls.map(({ length }) => length)).toEqual([1, 20, 20, 10]);
    expect(new Set(outcomes.values())).toEqual(new Set(['done']));
  });

  test('each publish() ends with its call, and a call that fails takes along only its own', async () => {
    const first = publish('301');
    const together = publish('302', '303');
    await end.shift()?.();
    expect(first.get('301')).toBe('done');
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    const later = publish('304');
    expect([...together.values()]).toEqual(['under way', 'under way']);
    await end.shift()?.(REFUSED);
    expect([...together.values()]).toEqual([REFUSED.message, REFUSED.message]);
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    expect(calls.slice(2)).toEqual([lamps('304')]);
    await end.shift()?.();
    expect(later.get('304')).toBe('done');
  });

  test('thousands of mailboxes go out twenty at a time, without a pause but before a call that is not full', async () => {
    const mailboxes = range(1_000, 2_999);
    for (const mailbox of mailboxes) index.add(message(mailbox, 1));
    waiting.publishAll(minivm);
    for (let n = 1; n <= 100; n++) {
      expect(calls).toHaveLength(n);
      expect(vi.getTimerCount()).toBe(0);
      await end.shift()?.();
    }
    expect(calls.map(({ length }) => length)).toEqual([1, ...Array.from({ length: 99 }, () => 20)]);
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    expect(calls.at(-1)).toHaveLength(19);
    await end.shift()?.();
    expect(calls.flat()).toEqual(lamps(...mailboxes));
  });

  test('of one mailbox there is never more than one count in a call, nor two under way, and the latest is the last', async () => {
    waiting.publishAll(minivm);
    index.add(message('305', 1));
    index.add(message('306', 1));
    for (let n = 2; n <= 5; n++) for (const mailbox of ['305', '306']) index.add(message(mailbox, n));
    await end.shift()?.();
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    for (const ms of [GATHER_MS, GATHER_MS]) {
      await end.shift()?.();
      await vi.advanceTimersByTimeAsync(ms);
    }
    expect(calls).toEqual([
      ['305@default,0,1,0'],
      ['306@default,0,1,0', '305@default,0,5,0'],
      ['306@default,0,5,0'],
    ]);
  });

  test.for([
    ['the daemon stops', () => waiting.stop()],
    ['there is no back-end any more', () => waiting.publishAll(undefined)],
    ['another back-end takes over', () => waiting.publishAll(backend)],
  ] as const)('what is gathered when %s goes out at once, and no timer is left', async ([, happens]) => {
    waiting.publishAll(minivm);
    for (const mailbox of ['305', '306', '307']) index.add(message(mailbox, 1));
    await end.shift()?.();
    index.add(message('308', 1));
    expect(vi.getTimerCount()).toBe(1);
    happens();
    expect(calls).toEqual([lamps('305'), lamps('306', '307', '308')]);
    expect(vi.getTimerCount()).toBe(0);
    await end.shift()?.(REFUSED);
    expect(calls).toHaveLength(2);
  });
});
