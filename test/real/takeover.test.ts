/** Calls that outlive the daemon, on a real Asterisk: in each state, and however the daemon goes away. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { type Away, RealTakeoverStage } from '../support/real-takeover.ts';
import { TAKEOVER_SETTINGS, takeovers, tell } from '../stories/takeover.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(() => sandbox.stop());

const ways: readonly Away[] = ['kill -9', 'SIGTERM', 'a closed socket', 'a successor'];

test.for(ways.map((how, n) => [how, n] as const))(
  `${takeovers.length} calls, some in each state, go on where they stood after %s`,
  async ([how, n]) => {
    const stage = await RealTakeoverStage.start(how, sandbox, TAKEOVER_SETTINGS);
    try {
      // Each way has mailboxes of its own.
      await tell(
        stage,
        takeovers.map((takeover, m) => ({ ...takeover, mailbox: `${300 + n * takeovers.length + m}` })),
      );
      const levels = stage.log.lines.filter(({ level }) => level === 'error');
      expect(levels).toEqual([]);
      const channels = () => sandbox.cli('core show channels concise');
      await expect.poll(channels).not.toContain('!');
    } finally {
      expect(await stage.stop()).toBe(0);
    }
  },
);
