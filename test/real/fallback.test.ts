/** While no daemon is there: what the shipped dialplan takes, and what the administrator's extension `h` is told of it. */
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { storedMessages } from '../support/real-stage.ts';

let sandbox: Sandbox;
let callers: Callers;

beforeAll(async () => {
  sandbox = await startSandbox();
  callers = await connectCallers(sandbox);
});

afterAll(async () => {
  await callers.close();
  await sandbox.stop();
});

const call = (mailbox: string) => callers.call({ extension: mailbox, variables: { CALLED: mailbox } });

/** VMSTATUS, VMREASON and VM_MESSAGE, as `h` has seen them. */
async function told(mailbox: string): Promise<string | undefined> {
  const globals = await sandbox.cli('dialplan show globals');
  return new RegExp(`RESULT_${mailbox}=(.*)`).exec(globals)?.[1]?.trim();
}

async function onlyMessage(mailbox: string): Promise<string> {
  const messages = await storedMessages(sandbox, mailbox);
  expect(messages).toHaveLength(1);
  return messages[0]?.name ?? '';
}

test('a caller who hangs up in the middle has left a message, and `h` knows which', async () => {
  const caller = await call('301');
  await caller.startSaying(440, 30);
  await expect.poll(() => storedMessages(sandbox, '301')).toHaveLength(1);
  await caller.hangup();
  const name = await onlyMessage('301');
  await expect.poll(() => told('301')).toBe(`SUCCESS hangup ${name}`);
});

test('a caller who hangs up before the beep has ended has left none', async () => {
  const caller = await call('302');
  await caller.hangup();
  await expect.poll(() => told('302')).toBe('FAILED hangup');
  expect(await storedMessages(sandbox, '302')).toEqual([]);
});

test('a caller who presses # has accepted the message', async () => {
  const caller = await call('303');
  await expect
    .poll(() => readdir(join(sandbox.recordingDir, 'voicemail/303/INBOX')).catch(() => []))
    .toHaveLength(1);
  await caller.say(440, 1.5);
  await caller.press('#');
  await caller.ended;
  await expect.poll(() => told('303')).toBe(`SUCCESS accepted ${await onlyMessage('303')}`);
});

test('no silence ends it, because a low voice would be cut off', async () => {
  const caller = await call('304');
  await caller.say(440, 12, -41);
  await caller.press('#');
  await caller.ended;
  const name = await onlyMessage('304');
  await expect.poll(() => told('304')).toBe(`SUCCESS accepted ${name}`);
  expect((await readWav(join(sandbox.recordingDir, `${name}.wav`))).seconds).toBeGreaterThan(11);
});

test('where nothing can be stored there is no message, and `h` is told why', async () => {
  const elsewhere = join(sandbox.dir, 'elsewhere');
  await rename(sandbox.recordingDir, elsewhere);
  // A file is in the way: Record() would make the folder.
  await rename(join(sandbox.dir, 'log/messages.log'), sandbox.recordingDir);
  const caller = await call('305');
  await caller.ended;
  await expect.poll(() => told('305')).toBe('FAILED storage');
});
