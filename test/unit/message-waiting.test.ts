/** MessageWaiting: order, coalescing, retries, and no flood; and which back-end is chosen. */
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
  readonly sent: string[] = [];
  readonly #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];

  publish(mailbox: string, newMessages: number): Promise<void> {
    this.sent.push(`${mailbox}=${newMessages}`);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

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
