/** The stories of what is kept, on a real Asterisk, all at once: by the sandbox's 4XX, which write down what was told. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SPOKEN_SETTINGS, type SpokenStage, spokenStories } from '../stories/spoken.ts';
import { RealStage } from '../support/real-stage.ts';

const extensionOf = (mailbox: string) => mailbox.replace(/^3/, '4');

let real: RealStage;
let stage: SpokenStage;

beforeAll(async () => {
  real = await RealStage.start(SPOKEN_SETTINGS);
  stage = {
    call: (mailbox) => real.call(extensionOf(mailbox)),
    messages: (mailbox) => real.messages(mailbox),
    result: async (mailbox) => (await real.conversations.result(extensionOf(mailbox))).words,
    remove: (name) => rm(join(real.sandbox.recordingDir, `${name}.wav`)),
  };
});

afterAll(async () => {
  const channels = await real.channels();
  const { status, stderr } = await real.stop();
  expect({ status, stderr, channels }).toEqual({ status: 0, stderr: '', channels: [] });
});

test.concurrent.for(spokenStories)('$name', async (story) => {
  await story.tell(stage, story.mailbox);
});
