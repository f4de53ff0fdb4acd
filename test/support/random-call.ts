/** Carries out a random call on the fake Asterisk, and keeps what its end has to be judged by. */
import { expect, vi } from 'vitest';
import { FakeStage } from './fake-stage.ts';
import { transfer } from './fake-transfers.ts';
import { type Hostility, makeHostile } from './hostile.ts';
import { lengthOf } from './hearing.ts';
import { environment, KEY_SECONDS, OWN_MAILBOX, perform, type Settings } from './key-sequence.ts';
import { NOISE_DB } from './model-take.ts';
import { PATIENCE_SECONDS, type Scenario } from './scenario.ts';
import type { Sound } from './stage.ts';

/** By so long after the caller hung up at the latest, the call must be over and every answer have come. */
const END_SECONDS = 120;

/** A recording that Asterisk closed and kept. */
export interface KeptTake {
  readonly name: string;
  readonly sounds: readonly Sound[];
  /** In ms, when it began. */
  readonly begun: number;
}

export interface Aftermath {
  readonly stage: FakeStage;
  readonly kept: readonly KeptTake[];
  /** When `*` was pressed, in ms. */
  readonly stars: readonly number[];
  readonly result: Readonly<Record<string, string>>;
  /** All keys, in order. */
  readonly keys: string;
}

/** Runs the call, and expects that nothing is left of it but messages. */
export async function runCall(scenario: Scenario, hostility?: Hostility): Promise<Aftermath> {
  const stage = new FakeStage(environment(scenario.settings));
  if (hostility) makeHostile(stage.asterisk, hostility);
  const kept = watchTakes(stage);
  const caller = await stage.call(OWN_MAILBOX);
  const transfers = (hostility?.transfersMs ?? []).map((ms) =>
    setTimeout(() => {
      const { channel } = caller;
      if (stage.asterisk.channels.get(channel.id) === channel) transfer(stage.asterisk, channel);
    }, ms),
  );
  const stars: number[] = [];
  let keys = '';
  for (const action of scenario.actions) {
    if (action.do === 'press') {
      keys += action.keys;
      for (const [n, key] of [...action.keys].entries()) {
        if (key === '*') stars.push(Date.now() + n * KEY_SECONDS * 1000);
      }
    }
    await perform(action, caller, () => stage.asterisk.empty(OWN_MAILBOX));
  }
  await caller.wait(PATIENCE_SECONDS);
  // Whoever is there still, is somebody's.
  expect(stage.router.size).toBe(stage.asterisk.channels.size);
  await caller.hangup();
  for (const timer of transfers) clearTimeout(timer);
  await caller.wait(END_SECONDS);
  expect(stage.leftovers()).toEqual({ calls: 0, channels: 0, liveRecordings: [] });
  expect(vi.getTimerCount()).toBe(0);
  return { stage, kept, stars, keys, result: caller.channel.result };
}

/** All that Asterisk closes and keeps from now on. */
export function watchTakes({ asterisk }: Pick<FakeStage, 'asterisk'>): KeptTake[] {
  const kept: KeptTake[] = [];
  const begun = new Map<string, number>();
  const { record } = asterisk;
  const store = asterisk.store.bind(asterisk);
  asterisk.record = (id, options) => {
    begun.set(options.name, begun.get(options.name) ?? Date.now());
    return record(id, options);
  };
  asterisk.store = (name, sounds) => {
    kept.push({ name, sounds, begun: begun.get(name) ?? 0 });
    store(name, sounds);
  };
  return kept;
}

/** Whether a take is a message: long enough, and louder than a silent line; or any sound, if nothing is too short. */
export function holdsSpeech(sounds: readonly Sound[], { minSeconds }: Pick<Settings, 'minSeconds'>): boolean {
  const seconds = lengthOf(sounds);
  if (minSeconds === 0) return seconds > 0;
  return seconds >= minSeconds && sounds.some(({ levelDb }) => levelDb > NOISE_DB);
}
