/** The stories of what is kept, on the fake Asterisk, in virtual time. */
import { expect, test, vi } from 'vitest';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { expectTones } from './stories.ts';
import { SPOKEN_SETTINGS, spokenStories, type SpokenStage } from './spoken.ts';

useVirtualTime();

class SpokenFakeStage extends FakeStage implements SpokenStage {
  #caller: FakeCaller | undefined;

  override async call(mailbox: string): Promise<FakeCaller> {
    return (this.#caller = await super.call(mailbox));
  }

  result(): Promise<string> {
    const { VMSTATUS, VMREASON, VM_MESSAGE } = this.#caller?.channel.result ?? {};
    return Promise.resolve(`${VMSTATUS} ${VMREASON} ${VM_MESSAGE}`.trim());
  }

  remove(name: string): Promise<void> {
    this.asterisk.stored.delete(name);
    return Promise.resolve();
  }
}

test.for(spokenStories)('$name', async (story) => {
  const stage = new SpokenFakeStage(SPOKEN_SETTINGS);
  await story.tell(stage, story.mailbox);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  // The lamp tells the truth.
  expect([...stage.messagesTold].sort()).toEqual([...stage.asterisk.stored.keys()].sort());
  expect(vi.getTimerCount()).toBe(0);
});

test('tells the dialplan of no message that somebody has removed before storing fails for good', async () => {
  const stage = new SpokenFakeStage(SPOKEN_SETTINGS);
  const caller = await stage.call('305');
  for (const take of [1, 2]) {
    await caller.until('Recording voicemail', take);
    await caller.say(440, 2);
    await caller.press('#');
    await caller.until('Entering reviewing state', take);
    // Whoever accepts what is gone is asked for another take; and so is who wants it.
    if (take === 1) stage.asterisk.empty('305');
    await caller.press(take === 1 ? '#' : '*');
  }
  await caller.until('Recording voicemail', 3);
  await caller.wait(0.5);
  stage.asterisk.empty('305');
  await caller.press('#');
  await caller.over();
  expect(await stage.result()).toBe('FAILED storage');
  expect([...stage.messagesTold]).toEqual([]);
});

test('goes on after a gap, though the end of the part before is told twice while Asterisk takes its time', async () => {
  const stage = new SpokenFakeStage(SPOKEN_SETTINGS);
  const { asterisk } = stage;
  asterisk.faults = (operation) => (operation === 'record' ? { lateMs: 300 } : undefined);
  asterisk.deliveries = ({ type }) => (type === 'RecordingFinished' ? [1, 3] : [1]);
  const caller = await stage.call('305');
  await caller.until('Recording voicemail');
  await caller.mute();
  await caller.wait(5);
  await caller.unmute();
  await caller.say(440, 2);
  await caller.hangup();
  await caller.over();
  const [message, ...others] = await stage.messages('305');
  expect(others).toEqual([]);
  expectTones(message?.sounds ?? [], [{ hz: 440, seconds: 2 }]);
  expect(await stage.result()).toBe(`SUCCESS hangup ${message?.name}`);
});
