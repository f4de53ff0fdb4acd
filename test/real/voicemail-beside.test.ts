/** app_voicemail beside the daemon, whose lamps go by MinivmMWI: both count for one telephone, each in its own context. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { RealStage } from '../support/real-stage.ts';
import { STORY_SETTINGS } from '../support/stage.ts';

let stage: RealStage;

afterEach(() => stage.stop());

const extras = (mailboxes: string) => ({
  modules: ['res_adsi', 'res_smdi', 'app_voicemail'],
  files: {
    'voicemail.conf': '[general]\nformat = wav\n[default]\n305 => 1234,Owner\n',
    'pjsip.conf': `[101](+type=aor)\nmailboxes = ${mailboxes}\n`,
  },
});

async function leaveMessage(): Promise<void> {
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.say(440, 1.5);
  await caller.hangup();
  await caller.over();
}

const warned = () =>
  stage.log.lines.filter(({ msg }) => msg.startsWith('app_voicemail is running')).map(({ level }) => level);

test('in one context, app_voicemail turns our lamp off: the daemon has warned', async () => {
  stage = await RealStage.start(STORY_SETTINGS, { mailboxes: false, extras: extras('305@default') });
  using lamp = await Lamp.watch(stage.sandbox, '101');
  await expect.poll(warned).toEqual(['warn']);
  await leaveMessage();
  await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 1 });
  await stage.sandbox.cli('module reload app_voicemail.so');
  await expect.poll(() => lamp.state).toMatchObject({ lit: false });
});

test('with a context of our own the telephone shows the sum of both, and a reload changes nothing', async () => {
  stage = await RealStage.start(
    { ...STORY_SETTINGS, VM_CONTEXT: 'vmrecord' },
    { mailboxes: false, extras: extras('305@default,305@vmrecord') },
  );
  using lamp = await Lamp.watch(stage.sandbox, '101');
  await expect.poll(warned).toEqual(['info']);
  await leaveMessage();
  await leaveMessage();
  await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 2 });

  // A message of app_voicemail's own.
  const inbox = join(stage.sandbox.dir, 'spool/voicemail/default/305/INBOX');
  await mkdir(inbox, { recursive: true });
  const [message] = await stage.messages('305');
  await copyFile(join(stage.sandbox.recordingDir, `${message?.name}.wav`), join(inbox, 'msg0000.wav'));
  await copyFile(join(stage.sandbox.dir, 'etc/voicemail.conf'), join(inbox, 'msg0000.txt'));
  await stage.sandbox.cli('module reload app_voicemail.so');
  await expect.poll(() => lamp.state).toMatchObject({ lit: true, newMessages: 3 });
});
