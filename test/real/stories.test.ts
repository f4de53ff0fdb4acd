/** The stories on a real Asterisk: one sandbox, one daemon, a mailbox for each; all at once, but for the crowd. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crowd, stories } from '../stories/stories.ts';
import { RealStage } from '../support/real-stage.ts';

let stage: RealStage;

beforeAll(async () => {
  stage = await RealStage.start();
});

afterAll(async () => {
  const channels = await stage.channels();
  const { status, stderr } = await stage.stop();
  expect({ status, stderr, channels }).toEqual({ status: 0, stderr: '', channels: [] });
  // The router is empty when the daemon stops, and nothing went wrong that no story looked at.
  expect(stage.log.lines.filter(({ msg }) => msg === 'Stopping')).toEqual([
    expect.objectContaining({ calls: 0 }),
  ]);
  expect(stage.log.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});

test.concurrent.for(stories)('$name', async (story) => {
  await story.tell(stage, story.mailbox);
});

test(crowd.name, async () => {
  await crowd.tell(stage, crowd.mailbox);
});
