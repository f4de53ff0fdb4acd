/** Another daemon has taken the calls: this one lets go of them where they stand. */
import { expect, test, vi } from 'vitest';
import { OWNER } from '../support/fake-conversation.ts';
import { FakeTakeoverStage } from '../support/fake-takeover.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { TAKEOVER_SETTINGS } from './takeover.ts';

useVirtualTime(1_700_000_000_000);

const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

test.for(['answering', 'recording', 'paused', 'reviewing', 'copying', 'dialing', 'conversing'])(
  'in the middle of %s: it asks for nothing, logs nothing and waits for nothing any more',
  async (when) => {
    const stage = await FakeTakeoverStage.start('replaced', TAKEOVER_SETTINGS);
    const { asterisk, log } = stage;
    asterisk.phones.add(OWNER);
    const caller = await stage.call(['dialing', 'conversing'].includes(when) ? `305,dial=${OWNER}` : '305');
    if (when !== 'answering') await wait(1);
    if (when === 'conversing') asterisk.legs[0]?.answer();
    await caller.say(500, 2);
    if (when === 'paused') await caller.press('5');
    if (when === 'reviewing' || when === 'copying') await caller.press('#');
    await wait(1);
    if (when === 'copying') await caller.press('03');
    await wait(0.001);

    stage.goAway();
    const [operations, lines] = [asterisk.operations.length, log.lines.length];
    // What is under way would have ended by then.
    await wait(600);
    expect(asterisk.operations.slice(operations)).toEqual([]);
    expect(log.lines.slice(lines).map(({ msg }) => msg)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(asterisk.channels.size).toBeGreaterThan(0);
  },
);
