/** The stories of what is kept, on the fake Asterisk, in virtual time. */
import { expect, test, vi } from 'vitest';
import { FakeStage, type FakeCaller } from '../support/fake-stage.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
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
