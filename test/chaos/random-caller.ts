/** Calls, and does what its script says, waiting as a person would, but never on what the daemon says in its log. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { LocalCaller } from '../../asterisk/sandbox/caller.ts';
import { CallerLeg } from '../../asterisk/sandbox/caller-leg.ts';
import type { ToneFile } from '../../asterisk/sandbox/tone-files.ts';
import { converse, ring } from './random-conversation.ts';
import type { Act, Script } from './script.ts';
import { live, type Span, type Witness, type WitnessedCall } from './witness.ts';

/** For so long a caller waits for an answer, and then for the beep: longer than an outage. In ms. */
export const PATIENCE = 60_000;
/** Where an outage was that long, no beep can be expected; only a machine that is very busy makes one of the others so. */
export const LONG_OUTAGE = 20_000;
/** A key that has done nothing by then was lost, as far as a caller can tell. */
const KEY_PATIENCE = 8_000;
/** So often a caller presses such a key again. */
const MOST_AGAIN = 3;
/** The longest message is played, and then the review times out. */
const END_PATIENCE = 25_000;

/** What all callers share. */
export interface Telephones {
  readonly link: AriLink;
  readonly witness: Witness;
  readonly toneFile: ToneFile;
  /** How long the longest outage lasted that was under way since then, in ms. */
  longestOutage(since: number): number;
}

/**
 * Resolves when the call is over.
 * @param number of the caller
 * @throws Error when the caller could not do what it was to do, though the call went on
 */
export async function call(telephones: Telephones, script: Script, number: number): Promise<void> {
  const { link, witness, toneFile } = telephones;
  const { mailbox, conversation } = script;
  const leg = new CallerLeg(link, undefined);
  const witnessed = witness.add(script, leg);
  try {
    const caller = new LocalCaller(link, leg, toneFile);
    if (conversation) {
      const ringing = ring(telephones, witnessed, conversation, number);
      const variables = { OPTIONS: ringing.options };
      const answered = leg.dial(mailbox.replace(/^3/, '5'), { patience: PATIENCE, variables });
      if (conversation.givesUp) {
        await Promise.race([answered, delay(conversation.ringSeconds * 1000)]);
        answered.catch(() => undefined);
        return;
      }
      await answered;
      if (await converse(telephones, witnessed, caller, ringing, conversation)) return;
    } else {
      await leg.dial(mailbox, { patience: PATIENCE });
    }
    for (const act of script.acts) {
      if (leg.hasEnded || !(await perform(act, caller, telephones, witnessed))) break;
    }
  } catch (error) {
    // The call may end while the caller is doing something: whether it should, its message tells.
    if (!(await witness.until(witnessed, () => witnessed.ended, 1000))) throw error;
  } finally {
    await leg.hangup();
  }
}

/** Answers false when the caller gives up. */
async function perform(
  act: Act,
  caller: LocalCaller,
  telephones: Telephones,
  call: WitnessedCall,
): Promise<boolean> {
  const until = (met: () => boolean, limit: number) => telephones.witness.until(call, met, limit);
  const begun = Date.now();
  const recorded = () => live(call) !== undefined;
  const paused = () => call.keys.some(({ digit }) => digit === '5');
  switch (act.do) {
    case 'speak':
    case 'keep silent':
    case 'mute':
      // Whoever has paused, and hears that it does not go on, presses once more.
      for (let times = 0; paused() && times < MOST_AGAIN; times++) {
        if (await until(recorded, KEY_PATIENCE)) break;
        await caller.press('5');
      }
      if (!(await until(recorded, PATIENCE))) {
        call.gaveUp = !call.ended && telephones.longestOutage(begun) < LONG_OUTAGE;
        return false;
      }
      if (act.do === 'speak') await caller.say(act.hz, act.seconds, act.levelDb);
      else if (act.do === 'mute') await mute(act.seconds, caller, call);
      else await delay(act.seconds * 1000);
      return true;
    case 'press': {
      const before = live(call);
      await caller.press(act.keys);
      if (act.until === 'new take') await until(() => recorded() && live(call) !== before, KEY_PATIENCE);
      if (act.until === 'recording') await until(recorded, KEY_PATIENCE);
      if (act.until === 'no recording') await until(() => !recorded(), KEY_PATIENCE);
      return true;
    }
    case 'wait':
      await delay(act.seconds * 1000);
      return true;
    case 'await the end':
      await until(() => call.ended, END_PATIENCE);
      return true;
  }
}

async function mute(seconds: number, caller: LocalCaller, { muted }: WitnessedCall): Promise<void> {
  const gap: Span = { from: Date.now() };
  muted.push(gap);
  await caller.mute();
  await delay(seconds * 1000);
  await caller.unmute();
  gap.to = Date.now();
}
