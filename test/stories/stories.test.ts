/** The stories on the fake Asterisk, in virtual time. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeStage } from '../support/fake-stage.ts';
import { crowd, stories } from './stories.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setTimerTickMode('nextTimerAsync');
});

afterEach(() => {
  vi.useRealTimers();
});

test.for([...stories, crowd])('$name', async (story) => {
  const stage = new FakeStage();
  await story.tell(stage, story.mailbox);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  expect(vi.getTimerCount()).toBe(0);
});
