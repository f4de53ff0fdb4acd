/** The demo's caller: speaks after the beep, presses #, hears the review, perhaps records again, presses #. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonLog } from '../sandbox/daemon-log.ts';
import type { LocalCaller } from '../sandbox/local-caller.ts';
import { readWav } from '../sandbox/wav.ts';

/** Sentences among Asterisk's own sounds, which are always there. */
const FIRST_TAKE = 'tt-weasels';
const SECOND_TAKE = 'demo-thanks';

export interface LeaveMessageOptions {
  readonly caller: LocalCaller;
  readonly log: DaemonLog;
  /** Press * in the review, and record again. */
  readonly redo: boolean;
  /** Asterisk's sounds, as the caller's voice. */
  readonly soundsDir: string;
  readonly print: (line: string) => void;
}

/** Resolves when the call is over, with the seconds of speech that should have been kept. */
export async function leaveMessage({
  caller,
  log,
  redo,
  soundsDir,
  print,
}: LeaveMessageOptions): Promise<number> {
  const takes = redo ? [FIRST_TAKE, SECOND_TAKE] : [FIRST_TAKE];
  let seconds = 0;
  for (const [n, take] of takes.entries()) {
    const sound = join(soundsDir, take);
    ({ seconds } = await readWav(`${sound}.wav`));
    await log.until(caller.farId, 'Recording voicemail', n + 1);
    print(`☎ The caller speaks for ${seconds.toFixed(1)} s, and presses #.`);
    await caller.saySound(sound);
    await caller.press('#');
    await log.until(caller.farId, 'Entering reviewing state', n + 1);
    print('☎ The caller listens to the message.');
    await sleep(seconds * 1000);
    const last = n === takes.length - 1;
    print(last ? '☎ The caller is content, and presses #.' : '☎ The caller is not content, and presses *.');
    await caller.press(last ? '#' : '*');
  }
  await caller.ended;
  return seconds;
}
