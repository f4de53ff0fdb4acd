/**
 * Calls that are transferred and picked up while no daemon is there, or before it goes away: killed and started again,
 * or without a connection for a while. The call goes on with the channel that is there then.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeConversation, OWNER, SECRETARY } from '../support/fake-conversation.ts';
import type { FakeCaller } from '../support/fake-stage.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { transfer, transferInBridge } from '../support/fake-transfers.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { tones } from './stories.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

useVirtualTime(1_700_000_000_000);

let stage: FakeTakeoverStage;

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
const stored = async (folder: string) =>
  (await stage.messages('305'))
    .filter(({ name }) => name.includes(folder))
    .map(({ sounds }) => tones(sounds).map(({ hz }) => hz));

describe.for<Away>(['killed', 'replaced', 'disconnected', 'cut off'])('the daemon is %s', (how) => {
  beforeEach(async () => {
    stage = await FakeTakeoverStage.start(how, { ...TAKEOVER_SETTINGS, VM_MAX_SILENCE_SECONDS: '0' });
  });

  afterEach(async () => {
    await wait(120);
    expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
    expect(stage.log.lines.filter(({ level }) => ['warn', 'error'].includes(level))).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  /** What is done in the gap. */
  const away = (inTheGap: () => unknown) => stage.away(() => Promise.resolve(inTheGap()).then(() => {}));

  describe('the desk has put a caller through to voicemail', () => {
    let caller: FakeCaller;
    const beginsAgain = () => transfer(stage.asterisk, caller.channel);

    beforeEach(async () => {
      caller = await stage.call('305');
      await caller.until('Recording voicemail');
      await caller.say(500, 2);
    });

    const after = async () => {
      caller.channel.speak(600, 2);
      await wait(2.1);
      await caller.press('#');
      await wait(10);
      await caller.press('#');
      await caller.gone();
      expect(await stored('/INBOX/')).toEqual([[500, 600]]);
      expect(caller.channel.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'accepted' });
      expect(await stage.counted('305')).toBe(1);
    };

    test('in the gap: the take goes on', async () => {
      await away(beginsAgain);
      await after();
    });

    test('before it: the take goes on', async () => {
      beginsAgain();
      await wait(0.1);
      await away(() => {});
      await after();
    });

    test('before it and in it, twice', async () => {
      beginsAgain();
      await wait(0.1);
      await away(() => [beginsAgain(), beginsAgain()]);
      await after();
    });

    test('while the message is heard: it is the message still, and another take is another', async () => {
      await caller.press('#');
      await caller.until('Entering reviewing state');
      await wait(0.5);
      await away(beginsAgain);
      await caller.press('*');
      await wait(2);
      caller.channel.speak(600, 2);
      await wait(2.1);
      await caller.hangup();
      await wait(5);
      expect(await stored('/INBOX/')).toEqual([[600]]);
    });

    test('who hangs up in the gap as well leaves the message', async () => {
      await away(async () => {
        beginsAgain();
        await wait(1);
        await caller.hangup();
      });
      await wait(10);
      expect(await stored('/INBOX/')).toEqual([[500]]);
      expect(await stage.counted('305')).toBe(1);
    });
  });

  describe('it rings', () => {
    let call: FakeConversation;

    beforeEach(async () => {
      call = await FakeConversation.dial(stage, `dial=${OWNER}&${SECRETARY},timeout=60`);
      await call.rings();
    });

    test('and the caller is put through by the desk in the gap: the owner answers', async () => {
      await away(() => transfer(stage.asterisk, call.caller.channel));
      call.owner.answer();
      await wait(0.2);
      await call.record();
      await call.talk();
      await call.press('#');
      await call.caller.gone();
      expect(await stored('/Conversations/')).toEqual([[1440]]);
    });

    test('and is picked up before: whoever did it talks on', async () => {
      call.owner.pickUp();
      await wait(0.2);
      await away(() => {});
      await call.record();
      await call.talk();
      await call.press('#');
      await call.caller.gone();
      expect(await stored('/Conversations/')).toEqual([[1440]]);
    });
  });

  describe('they talk, and are recorded', () => {
    let call: FakeConversation;

    beforeEach(async () => {
      call = await FakeConversation.dial(stage, `dial=${OWNER}&${SECRETARY}`);
      await call.rings();
      call.owner.answer();
      await wait(0.2);
      await call.record();
      await call.talk();
    });

    test('the owner transfers the caller in the gap: the new one is the owner, and the same file goes on', async () => {
      let owner = call.owner as ReturnType<typeof transferInBridge>;
      await away(() => (owner = transferInBridge(stage.asterisk, call.owner)));
      owner.speak(700, 2);
      await call.caller.say(1000, 2);
      owner.press('7');
      await wait(0.5);
      expect(await stored('/Conversations/')).toEqual([[1440, 1700]]);
      owner.press('#');
      await call.caller.gone();
    });

    test('before it: the same', async () => {
      const owner = transferInBridge(stage.asterisk, call.owner);
      await wait(0.1);
      await away(() => {});
      owner.press('7');
      await wait(0.5);
      expect(await stored('/Conversations/')).toEqual([[1440]]);
      owner.press('#');
      await call.caller.gone();
    });

    test('the caller is transferred in the gap: the new one is the caller, and the same file goes on', async () => {
      let caller = call.caller.channel;
      await away(() => (caller = transferInBridge(stage.asterisk, caller)));
      caller.speak(700, 2);
      call.owner.speak(440, 2);
      await wait(2);
      await call.press('7');
      await wait(0.5);
      expect(await stored('/Conversations/')).toEqual([[1440, 1140]]);
      await call.press('#');
      await caller.gone;
      expect(caller.result).toMatchObject({ VMSTATUS: 'SUCCESS', VMREASON: 'conversation' });
    });

    test('the caller is transferred before it', async () => {
      const caller = transferInBridge(stage.asterisk, call.caller.channel);
      await wait(0.1);
      await away(() => {});
      await call.press('7');
      await wait(0.5);
      expect(await stored('/Conversations/')).toEqual([[1440]]);
      caller.hangup();
    });

    test('the caller is transferred in the gap, and hangs up there: nobody is left in the bridge', async () => {
      await away(async () => {
        const caller = transferInBridge(stage.asterisk, call.caller.channel);
        await wait(1);
        caller.hangup();
      });
      await wait(10);
      expect(await stored('/Conversations/')).toEqual([[1440]]);
    });
  });
});
