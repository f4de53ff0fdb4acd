/** A telephone's lamp follows the index, on a real Asterisk, with each back-end; and what is missing is noticed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import type { AriConnection } from '../../src/ari/ari-connection.ts';
import type { AriEvent } from '../../src/ari/ari-port.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { MessageWaiting } from '../../src/mailbox/message-waiting.ts';
import { chooseMwiBackend } from '../../src/mailbox/mwi-choice.ts';
import { connectDaemon } from '../support/connect.ts';

const message = (mailbox: string, id: number) => `voicemail/${mailbox}/INBOX/${id}`;
const lit = (newMessages: number) => ({ lit: newMessages > 0, newMessages, oldMessages: 0 });

let log: DaemonLog;
let index: MessageIndex;
let waiting: MessageWaiting;
let sandbox: Sandbox;
let connection: AriConnection;
let events: AriEvent[];

async function start(mailboxes: boolean): Promise<void> {
  sandbox = await startSandbox({ mailboxes, onProgress: (line) => process.stderr.write(`${line}\n`) });
  events = [];
  connection = await connectDaemon(sandbox, (event) => events.push(event));
}

const choose = () => chooseMwiBackend('auto', connection.port, 'default', createLog('info', log));

beforeEach(() => {
  log = new DaemonLog();
  index = new MessageIndex();
  waiting = new MessageWaiting({ index, mailboxes: [], log: createLog('info', log) });
});

afterEach(async () => {
  waiting.stop();
  connection.close();
  await sandbox.stop();
});

describe.for([
  ['mailboxes', true],
  ['minivm', false],
] as const)('by %s', ([name, mailboxes]) => {
  beforeEach(() => start(mailboxes));

  test('the lamp follows the messages, and nothing else in Asterisk or in the daemon notices', async () => {
    using lamp = await Lamp.watch(sandbox, '101');
    using other = await Lamp.watch(sandbox, '102');
    waiting.publishAll(await choose());
    expect(log.lines).toEqual([expect.objectContaining({ level: 'info', mwi: name })]);

    for (const id of [1, 2, 3]) index.add(message('305', id));
    await expect.poll(() => lamp.state).toEqual(lit(3));
    for (const id of [1, 2, 3]) index.remove(message('305', id));
    await expect.poll(() => lamp.state).toEqual(lit(0));

    // Fifty mailboxes at once, one of them busier than the others.
    for (let n = 0; n < 50; n++) {
      index.add(message(`4${n}`, 1));
      index.add(message('305', 100 + n));
    }
    index.add(message('306', 1));
    await expect.poll(() => [lamp.state, other.state]).toEqual([lit(50), lit(1)]);

    expect(log.lines).toHaveLength(1);
    expect(events).toEqual([]);
    expect(await sandbox.cli('core show channels count')).toContain('0 active channels');
  });

  test('any mailbox can be published, whatever its name would mean in a dialplan', async () => {
    const mailboxes = ['-1', 'a-b_C', 'h', 't', 'x'.repeat(32)];
    await sandbox.cli('module load res_mwi_devstate.so');
    for (const [n, mailbox] of mailboxes.entries())
      await sandbox.cli(`dialplan add extension 9${n},hint,MWI:${mailbox}@default into default`);
    const states = async () => (await sandbox.cli('core show hints')).match(/(?<=State:)\w+/g);
    expect(await states()).not.toContain('InUse');
    const backend = await choose();
    await Promise.all(mailboxes.map(async (mailbox) => backend?.publish(mailbox, 1)));
    await expect.poll(states).toEqual(mailboxes.map(() => 'InUse'));
  });
});

test('a count that minivm still holds back when the daemon stops reaches the lamp', async () => {
  await start(false);
  using lamp = await Lamp.watch(sandbox, '101');
  using other = await Lamp.watch(sandbox, '102');
  waiting.publishAll(await choose());
  index.add(message('305', 1));
  index.add(message('306', 1));
  waiting.stop();
  connection.stopListening();
  await connection.idle(1_000);
  connection.close();
  await expect.poll(() => [lamp.state, other.state]).toEqual([lit(1), lit(1)]);
  expect(await sandbox.cli('core show channels count')).toContain('0 active channels');
});

test('/mailboxes clears a lamp that is lit for messages deleted while no daemon ran', async () => {
  await start(true);
  await connection.port.updateMailbox('305@default', 7);
  using lamp = await Lamp.watch(sandbox, '101');
  await expect.poll(() => lamp.state).toEqual(lit(7));
  waiting.publishAll(await choose());
  await expect.poll(() => lamp.state).toEqual(lit(0));
});

test('a missing context, then a missing module, are noticed when the back-end is chosen', async () => {
  await start(false);
  const backend = await choose();
  await sandbox.cli('dialplan remove context vm-mwi');
  expect(await choose()).toBeUndefined();
  await expect(backend?.publish('305', 1)).rejects.toMatchObject({ status: 404 });
  await sandbox.cli('dialplan reload');
  expect((await choose())?.name).toBe('minivm');
  await sandbox.cli('module unload app_minivm.so');
  expect(await choose()).toBeUndefined();
  await expect(backend?.publish('305', 1)).rejects.toMatchObject({ status: 404 });

  const missing = log.lines.filter(({ level }) => level === 'warn').map((line) => line['missing']);
  expect(missing).toEqual([
    [
      expect.anything(),
      'minivm: the dialplan has no working context [vm-mwi]: #include extensions-vm-record.conf',
    ],
    [expect.anything(), 'minivm: app_minivm.so is not loaded'],
  ]);
});

test('what is published while the module is away is published when it is back', async () => {
  await start(false);
  using lamp = await Lamp.watch(sandbox, '101');
  waiting.publishAll(await choose());
  await sandbox.cli('module unload app_minivm.so');
  index.add(message('305', 1));
  await expect.poll(() => log.lines.map(({ level }) => level)).toEqual(['info', 'warn']);
  await sandbox.cli('module load app_minivm.so');
  await expect.poll(() => lamp.state, { timeout: 5_000 }).toEqual(lit(1));
  await expect.poll(() => log.lines.at(-1)?.msg).toBe('Message waiting works again');
});
