/** The two voices of a conversation: which tones they are, and what of them is in a recording. */
import { expect } from 'vitest';
import { soundings, soundingSeconds } from '../../asterisk/sandbox/soundings.ts';
import type { Wav } from '../../asterisk/sandbox/wav.ts';
import type { Recorded, Talking } from './conversations.ts';

/** What caller and owner say, in Hz, one after the other: all far from the beep and from the cues. */
export const FIRST = [1100, 1400] as const;
export const SECOND = [1700, 2000] as const;
export const THIRD = [2300, 2600] as const;
/** How long they say it. */
export const SECONDS = 1.5;

/** Of the sounds that the daemon plays, in Hz. */
export const BEEP_HZ = 700;
export const CUE_HZ = 880;

/** While a key is pressed in a bridge, Asterisk records for some 100 ms neither of the two. */
export const TOLERANCE_SECONDS = 0.3;

type Voices = readonly [caller: number, owner: number];

/** Both speak at once. */
export async function speak({ caller, owner }: Talking, [own, others]: Voices): Promise<void> {
  await Promise.all([caller.say(own, SECONDS), owner.say(others, SECONDS)]);
}

/** The owner has pressed 0, and it is being recorded for the `times`-th time. */
export async function record({ caller, owner }: Talking, times = 1): Promise<void> {
  await owner.press('0');
  await caller.until('Recording the conversation', times);
}

/** Expects that each of these tones sounds so many seconds in all, whatever else does. */
export function expectTone(wav: Wav, hz: number, seconds: number): void {
  const found = soundingSeconds(wav, hz);
  expect(Math.abs(found - seconds), `${hz} Hz: ${found} s, not ${seconds}`).toBeLessThan(TOLERANCE_SECONDS);
}

/** Expects in the recording exactly what they said then, of all that they ever say. */
export function expectVoices(wav: Wav, ...said: readonly Voices[]): void {
  for (const voices of [FIRST, SECOND, THIRD]) {
    for (const hz of voices) expectTone(wav, hz, said.includes(voices) ? SECONDS : 0);
  }
}

/** How long there is nothing between what they said then and then. */
export function gapBetween(wav: Wav, before: Voices, after: Voices): number {
  const ends = before.flatMap((hz) => soundings(wav, hz).map(({ to }) => to));
  const begins = after.flatMap((hz) => soundings(wav, hz).map(({ from }) => from));
  return Math.min(...begins) - Math.max(...ends);
}

/** Expects so many recordings of conversations in a mailbox, and nothing but names of theirs. */
export function expectNames(recorded: readonly Recorded[], mailbox: string, count: number): void {
  const name = new RegExp(`^voicemail/${mailbox}/Conversations/\\d{13}-[A-Za-z0-9_-]+$`);
  expect(recorded.map((one) => one.name)).toEqual(
    Array.from({ length: count }, () => expect.stringMatching(name) as string),
  );
}
