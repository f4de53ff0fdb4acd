/** While no daemon is there: what the shipped dialplan takes, and what the administrator's extension `h` is told of it. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readWav } from '../../asterisk/sandbox/wav.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Callers, connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { storedMessages } from '../support/real-stage.ts';
import { ringsFirst } from '../support/shipped-dialplan.ts';

let sandbox: Sandbox;
let callers: Callers;

beforeAll(async () => {
  // 6XX rings the telephone of 3XX first.
  const extensions = `
[default](+)
exten => _6XX,1,Goto(rings-first,3\${EXTEN:1},1)
[rings-first]
include => result
${await ringsFirst('phone')}`;
  sandbox = await startSandbox({ extras: { modules: [], files: { 'extensions.conf': extensions } } });
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

/** Calls the telephone of a mailbox; resolves when it rings. */
async function ring(mailbox: string) {
  const phone = callers.phone(mailbox);
  const extension = mailbox.replace('3', '6');
  const { caller, answered } = callers.ring({ extension, variables: { CALLED: mailbox } });
  await phone.rings();
  return { caller, phone, answered };
}

async function onlyMessage(mailbox: string): Promise<string> {
  const messages = await storedMessages(sandbox, mailbox);
  expect(messages).toHaveLength(1);
  return messages[0]?.name ?? '';
}

const inboxOf = (mailbox: string) => join(sandbox.recordingDir, `voicemail/${mailbox}/INBOX`);

/** Resolves when there is a file. */
async function recording(mailbox: string): Promise<void> {
  await expect.poll(() => readdir(inboxOf(mailbox)).catch(() => [])).toHaveLength(1);
}

/** The caller has left a message, and `h` knows which. */
async function hangsUpSpeaking(caller: Awaited<ReturnType<typeof call>>, mailbox: string): Promise<void> {
  await caller.startSaying(440, 30);
  await expect.poll(() => storedMessages(sandbox, mailbox)).toHaveLength(1);
  await caller.hangup();
  const name = await onlyMessage(mailbox);
  await expect.poll(() => told(mailbox)).toBe(`SUCCESS hangup ${name}`);
}

test('a caller who hangs up in the middle has left a message, and `h` knows which', async () => {
  const caller = await call('301');
  await hangsUpSpeaking(caller, '301');
});

test('a caller who hangs up before the beep has ended has left none', async () => {
  const caller = await call('302');
  await caller.hangup();
  await expect.poll(() => told('302')).toBe('FAILED hangup');
  expect(await storedMessages(sandbox, '302')).toEqual([]);
});

test('a caller who presses # has accepted the message', async () => {
  const caller = await call('303');
  await recording('303');
  await caller.say(440, 1.5);
  await caller.press('#');
  await caller.ended;
  await expect.poll(() => told('303')).toBe(`SUCCESS accepted ${await onlyMessage('303')}`);
});

describe('where a telephone rings first', () => {
  test.for([
    ['306', 'caller'],
    ['307', 'owner'],
  ] as const)(
    'who has talked to the owner leaves no message: %s, the %s hangs up first',
    async ([mailbox, who]) => {
      const { caller, phone, answered } = await ring(mailbox);
      const owner = await phone.answer();
      await answered;
      await { caller, owner }[who].hangup();
      await Promise.all([caller.ended, owner.ended]);
      await expect.poll(() => told(mailbox)).toBe('SUCCESS conversation');
      expect(await storedMessages(sandbox, mailbox)).toEqual([]);
    },
  );

  test('who hangs up while it rings has left none', async () => {
    const { caller, phone, answered } = await ring('308');
    await Promise.all([caller.hangup(), phone.quiet(), expect(answered).rejects.toThrow('the call ended')]);
    await expect.poll(() => told('308')).toBe('FAILED hangup');
  });

  test('who is refused leaves a message', async () => {
    const { caller, phone, answered } = await ring('309');
    await phone.refuse('busy');
    await answered;
    await hangsUpSpeaking(caller, '309');
  });
});

test('a phone that sent nothing has left no message, whatever key was pressed', async () => {
  const caller = await call('310');
  await caller.mute();
  await recording('310');
  await caller.press('#');
  await caller.ended;
  await expect.poll(() => told('310')).toBe('FAILED silence');
});

test('a file that somebody removes while it is recorded is told of as not stored', async () => {
  const caller = await call('311');
  await recording('311');
  await caller.say(440, 1);
  await rm(inboxOf('311'), { recursive: true });
  await caller.press('#');
  await caller.ended;
  await expect.poll(() => told('311')).toBe('FAILED storage');
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
