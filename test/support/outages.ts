/** Random moments at which the daemon goes away, and for how long. */
import fc from 'fast-check';
import type { FakeCaller } from './fake-stage.ts';
import type { Away, FakeTakeoverStage } from './fake-takeover.ts';

export interface Outage {
  readonly how: Away;
  /** Since the daemon came back the last time, or since the call began. */
  readonly afterMs: number;
  readonly gapMs: number;
  /** The caller hangs up meanwhile. */
  readonly hangsUp: boolean;
}

const outage: fc.Arbitrary<Outage> = fc.record({
  how: fc.constantFrom<Away[]>('killed', 'disconnected', 'cut off'),
  // Many within the take-up itself, and within what a key sets off.
  afterMs: fc.oneof({ weight: 1, arbitrary: fc.nat(20) }, { weight: 3, arbitrary: fc.nat(12_000) }),
  gapMs: fc.integer({ min: 100, max: 5_000 }),
  hangsUp: fc.nat(3).map((n) => n === 0),
});

export const outages: fc.Arbitrary<readonly Outage[]> = fc.array(outage, { minLength: 1, maxLength: 3 });

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the daemon is there to stay. */
export async function carryOut(
  list: readonly Outage[],
  stage: FakeTakeoverStage,
  caller: FakeCaller,
): Promise<void> {
  for (const { how, afterMs, gapMs, hangsUp } of list) {
    await wait(afterMs);
    stage.goAway(how);
    await wait(gapMs / 2);
    if (hangsUp) await caller.hangup();
    await wait(gapMs / 2);
    // The next outage may come before it is ready.
    void stage.comeBack();
  }
}

/** As in `killed after 1200 ms for 300 ms`. */
export function describeOutages(list: readonly Outage[]): string {
  const words = list.map(
    ({ how, afterMs, gapMs, hangsUp }) =>
      `${how} after ${afterMs} ms for ${gapMs} ms${hangsUp ? ', and the caller hangs up' : ''}`,
  );
  return words.join('; ');
}
