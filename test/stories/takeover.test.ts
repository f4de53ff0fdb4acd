/** Calls that outlive the daemon, on the fake Asterisk, in virtual time. */
import { describe, expect, test } from 'vitest';
import { useVirtualTime } from '../support/virtual-time.ts';
import { type Away, FakeTakeoverStage } from '../support/fake-takeover.ts';
import { TAKEOVER_SETTINGS, takeovers, tell } from './takeover.ts';

useVirtualTime();

describe.for<Away>(['killed', 'replaced', 'disconnected', 'cut off'])(
  'the daemon is %s while a caller is',
  (how) => {
    test.for(takeovers)('$name', async (takeover) => {
      const stage = await FakeTakeoverStage.start(how, TAKEOVER_SETTINGS);
      await tell(stage, [takeover]);
      expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
      const levels = stage.log.lines.map(({ level }) => level);
      expect(levels).not.toContain('error');
      expect(levels).not.toContain('warn');
    });
  },
);
