/** The self-check on a fake Asterisk: what it finds, says once, and leaves behind, which is nothing, whatever fails. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { RecordingFormat } from '../../src/ari/recording-format.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { SelfCheck } from '../../src/self-check/self-check.ts';
import { FakeAsterisk, FAULTS } from '../support/fake-asterisk.ts';
import { useVirtualTime } from '../support/virtual-time.ts';

useVirtualTime();

let asterisk: FakeAsterisk;
let log: DaemonLog;

beforeEach(() => {
  asterisk = new FakeAsterisk();
  log = new DaemonLog();
});

function prepare(format = 'wav'): { ari: AriPort; check: SelfCheck; formats: RecordingFormat } {
  const logger = createLog('info', log);
  const formats = new RecordingFormat(logger);
  const ari = formats.of(asterisk);
  const { config } = loadConfig({ VM_FORMAT: format });
  return { ari, formats, check: new SelfCheck({ ari, app: 'vm-record', config, log: logger }) };
}

const leftovers = () => [...asterisk.bridges.keys(), ...asterisk.stored.keys(), ...asterisk.liveRecordings];
const said = () => log.lines.map(({ level, msg }) => `${level} ${msg}`);

test('an Asterisk in which all is well', async () => {
  expect(await prepare().check.run()).toBeUndefined();
  expect({ said: said(), leftovers: leftovers() }).toEqual({ said: [], leftovers: [] });
});

test.for<[string, string, RegExp]>([
  ['', 'the folder is missing', /the folder .*recording is missing/],
  ['voicemail/', 'voicemail leads elsewhere', /refuses to record in .*recording\/voicemail$/],
])('where nothing can be recorded below "%s": %s', async ([folder, , why]) => {
  asterisk.noFolders.add(folder);
  const { check } = prepare();
  expect(await check.run()).toMatch(why);
  expect(await check.run()).toMatch(why);
  expect(said()).toEqual([expect.stringMatching(/^error Self-check: no message can be kept/)]);
  check.connecting();
  await check.run();
  expect(said()).toHaveLength(2);
  asterisk.noFolders.clear();
  expect(await check.run()).toBeUndefined();
  expect(leftovers()).toEqual([]);
});

test('what a check that was killed has left is found and removed', async () => {
  asterisk.stored.set('voicemail/vm-record-self-check', []);
  await asterisk.createBridge('vm-record-self-check');
  expect(await prepare().check.run()).toBeUndefined();
  expect(leftovers()).toEqual([]);
});

test('only a mailbox that leads elsewhere is told, and none whose message was deleted meanwhile', async () => {
  const at = (mailbox: string) => ({ name: `voicemail/${mailbox}/INBOX/1-1`, format: 'wav' });
  asterisk.stored.set(at('305').name, []);
  asterisk.noFolders.add('voicemail/306/');
  await prepare().check.checkMailboxes([at('305'), at('306'), at('307')]);
  expect(said()).toEqual([expect.stringContaining('no message can be kept in voicemail/306/INBOX/')]);
  expect([...asterisk.stored.keys()]).toEqual([at('305').name]);
});

describe.for(FAULTS)('where an operation meets %o', (fault) => {
  test('the check says nothing that is not so of the storage, and leaves nothing', async () => {
    // In turn each of the operations of the check.
    for (let failing = 0; failing < 14; failing++) {
      asterisk = new FakeAsterisk();
      asterisk.faults = (_, n) => (n === failing ? fault : undefined);
      const keepsNothing = await prepare()
        .check.run()
        .catch(() => undefined);
      const operation = asterisk.operations[failing];
      expect(keepsNothing, operation).toBeUndefined();
      asterisk.faults = () => undefined;
      await prepare().check.run();
      expect(leftovers(), operation).toEqual([]);
    }
  });
});

/** A bridge of which Asterisk says that it is not there is believed not to be. */
const TRUE_FAULTS = FAULTS.filter((fault) => !('status' in fault && fault.status === 404));

test.for(TRUE_FAULTS)(
  'where an operation meets %o the check of the mailboxes leaves nothing',
  async (fault) => {
    for (let failing = 0; failing < 10; failing++) {
      asterisk = new FakeAsterisk();
      asterisk.faults = (_, n) => (n === failing ? fault : undefined);
      await prepare()
        .check.checkMailboxes([{ name: 'voicemail/305/INBOX/1-1', format: 'wav' }])
        .catch(() => undefined);
      expect(leftovers(), asterisk.operations[failing]).toEqual([]);
    }
  },
);

describe('a format that Asterisk cannot write', () => {
  const options = { name: 'voicemail/305/INBOX/1-1', maxDurationSeconds: 0 };

  test('is found by the check, and a caller is recorded as wav', async () => {
    const { ari, check } = prepare('g729');
    expect(await check.run()).toBeUndefined();
    expect(said()).toEqual([expect.stringMatching(/^error Asterisk cannot write the format of VM_FORMAT/)]);
    const { id } = asterisk.dial('305');
    await ari.record(id, { ...options, format: 'g729' });
    expect(asterisk.operations.filter((operation) => operation === 'record')).toHaveLength(1);
    expect(said()).toHaveLength(1);
  });

  test('a caller who comes before the check is recorded all the same', async () => {
    const { ari } = prepare('g729');
    const { id } = asterisk.dial('305');
    await ari.record(id, { ...options, format: 'g729' });
    expect(said()).toHaveLength(1);
    asterisk.channels.get(id)?.hangup();
  });

  test('is tried again after the next connect', async () => {
    const { check, formats } = prepare('g729');
    await check.run();
    asterisk.formats.add('g729').delete('wav');
    expect(await check.run()).toBe('no message can be kept: Asterisk cannot write wav files');
    formats.connecting();
    expect(await check.run()).toBeUndefined();
  });
});
