/** The stories on the fake Asterisk, in virtual time. */
import { expect, test, vi } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import { FakeStage } from '../support/fake-stage.ts';
import { crowd, stories } from './stories.ts';

useVirtualTime();

test.for([...stories, crowd])('$name', async (story) => {
  const stage = new FakeStage();
  await story.tell(stage, story.mailbox);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  expect(vi.getTimerCount()).toBe(0);
});
