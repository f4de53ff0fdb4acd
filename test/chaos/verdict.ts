/**
 * Judges a call when everything is over: what of all that the caller said and pressed must be on disk now. Keys may have
 * been lost, or read late, so where what is right hangs on a key, either is.
 */
import type { LogLine } from '../../asterisk/sandbox/daemon-log.ts';
import type { Message } from './disk.ts';
import { isConversation, type Span, type WitnessedCall, type WitnessedTake } from './witness.ts';

/** How much shorter or longer a recording may be than what was recorded, by the events' times. */
const TOLERANCE_SECONDS = 0.3;
/** While a key is pressed, or a sound begins or ends, Asterisk gets nothing to record for a moment. */
const GAP_SECONDS = 0.15;
/** A shorter take may count as no message: one second, and the tolerance. */
const SURELY_MESSAGE_SECONDS = 1 + TOLERANCE_SECONDS;
/** Less of a tone may not be found in the recording. */
const SURELY_HEARD_SECONDS = 2 * TOLERANCE_SECONDS;
/** A key may be read so long after it was pressed: three attempts at something that is never answered. */
const LATE_KEY_MS = 20_000;
/** A key that comes as a recording ends may still be meant for it. */
const EDGE_MS = 500;
/** How exact a tone's frequency is measured. */
const SAME_HZ = 20;

/** The daemon's line when it keeps two takes because nobody can say which is the better. */
const IN_DOUBT = 'Not sure of this recording: keeping all';

/** Or cannot tell what is in one, or cannot delete it. */
const IN_TROUBLE = ['Could not read the stored recording', 'Could not delete recording'];

/** `no beep`: the caller waited for it in vain, nobody ended the call, and the daemon waited for no key. */
export const PROBLEM_KINDS = [
  ...(['lost', 'doubled', 'wrong length', 'not discarded', 'silence kept', 'no beep'] as const),
] as const;

export interface Problem {
  readonly kind: (typeof PROBLEM_KINDS)[number];
  readonly why: string;
}

export interface CallVerdict {
  /** Whether there must be a message. */
  readonly expected: boolean;
  readonly keptInDoubt: boolean;
  readonly problems: readonly Problem[];
}

/**
 * @param all what lies on disk that has the call's channel in its name
 * @param log the daemon's lines of this call
 */
export function judge(call: WitnessedCall, all: readonly Message[], log: readonly LogLine[]): CallVerdict {
  const own = all.filter(({ mailbox }) => mailbox === call.script.mailbox);
  const messages = own.filter(({ name }) => !isConversation(name));
  const problems: Problem[] = [];
  const find = (kind: Problem['kind'], why: string) => problems.push({ kind, why });

  const spoken = spokenIn(call).filter((words) => !mayBeThrownAway(words, call));
  for (const { hz, seconds, take } of spoken) {
    const kept = own.filter(({ name }) => isConversation(name) === isConversation(take.name));
    const heard = Math.max(0, ...kept.map((message) => toneSeconds(message, hz)));
    // Several recordings of a conversation are several files.
    const replaced =
      !isConversation(take.name) &&
      call.takes.some((later) => isAfter(later, take) && lengthOf(later) >= 1 - TOLERANCE_SECONDS);
    if (kept.length === 0) find('lost', 'there is no message');
    else if (!replaced && heard < seconds - TOLERANCE_SECONDS)
      find('lost', `${hz} Hz was recorded for ${seconds.toFixed(2)} s, and ${heard.toFixed(2)} s are there`);
  }
  for (const copy of log.flatMap((line) => (line.msg === 'Copied recording' ? [String(line.copy)] : []))) {
    if (!all.some(({ name }) => name === copy)) find('lost', `the copy ${copy} is not there`);
  }

  const keptInDoubt = messages.length > 1 && log.some(({ msg }) => msg === IN_DOUBT);
  if (messages.length > 1 && !keptInDoubt) find('doubled', messages.map(({ name }) => name).join(', '));
  if (call.reason === 'discarded' && messages.length > 0)
    find('not discarded', messages.map(({ name }) => name).join(', '));
  // Who settles a call of which no daemon has seen the end, deletes none that is the only one.
  const isSettled = log.some(({ msg }) => msg === 'Call over') && !log.some(isDoubt);
  for (const { name, sounds } of messages) {
    const isTaken = call.takes.some((take) => take.name === name);
    if (isTaken && isSettled && !sounds.some(({ hz }) => hz !== undefined)) find('silence kept', name);
  }
  for (const { name, seconds } of own) {
    const take = call.takes.find((each) => each.name === name);
    // Asterisk tells nobody when a recording has ended because its bridge was gone.
    if (!take || take.parts.some(({ to }) => to === undefined)) continue;
    const muted = call.muted.reduce((sum, { from, to = Infinity }) => sum + to - from, 0) / 1000;
    const gaps = muted + GAP_SECONDS * (call.keys.length + call.said.length);
    // Nor when a conversation's was paused; and while nobody in it sends anything, nothing may be recorded.
    if (!fits(seconds, take, isConversation(name) ? Infinity : gaps))
      find('wrong length', `${name}: ${seconds.toFixed(2)} s instead of ${lengthOf(take).toFixed(2)}`);
  }
  if (call.gaveUp && !isHeard(log)) find('no beep', 'the caller gave up waiting');
  return { expected: spoken.length > 0, keptInDoubt, problems };
}

/** After each of these the caller hears something else than a beep, until a key is read. */
const HEARD = ['Entering reviewing state', 'Entering copying state', 'Pausing recording'];

/**
 * Whether the caller waits for the beep, and the daemon for a key, because the last one was lost: the message is played
 * again whenever a daemon has taken the call up, or the recording is paused.
 */
function isHeard(log: readonly LogLine[]): boolean {
  let isHeard = false;
  let isPaused = false;
  for (const { msg, standing } of log) {
    if (msg === 'Taking up a call') isPaused = standing === 'paused';
    else if (HEARD.includes(msg)) isHeard = true;
    else if (msg === 'Entering recording state') isHeard = isPaused;
    else if (msg === 'Unpausing recording') isHeard = false;
  }
  return isHeard;
}

function isDoubt({ msg }: LogLine): boolean {
  return msg === IN_DOUBT || IN_TROUBLE.includes(msg);
}

interface Words {
  readonly hz: number;
  /** When the caller began to speak. */
  readonly from: number;
  /** How much of it was recorded. */
  readonly seconds: number;
  readonly take: WitnessedTake;
}

/** All that was recorded in a take that is long enough to be a message. */
function spokenIn({ said, takes, muted }: WitnessedCall): Words[] {
  const recordedIn = (span: Span, { parts }: WitnessedTake) =>
    parts.reduce((sum, part) => sum + overlap(span, part), 0);
  return said.flatMap((words) =>
    takes.flatMap((take) => {
      const seconds = recordedIn(words, take);
      const silent = muted.reduce((sum, gap) => sum + recordedIn(gap, take), 0);
      if (seconds < SURELY_HEARD_SECONDS || lengthOf(take) - silent < SURELY_MESSAGE_SECONDS) return [];
      return [{ hz: words.hz, from: words.from, seconds, take }];
    }),
  );
}

/** Whether a key may have thrown away these words: `9` any, `*` those of the take in progress. */
function mayBeThrownAway({ from, seconds, take }: Words, { keys }: WitnessedCall): boolean {
  if (isConversation(take.name) && mayBeLeftOut(from, seconds, keys)) return true;
  // The dialplan's Record() knows no such keys.
  if (take.name === undefined) return false;
  const begin = take.parts[0]?.from ?? 0;
  const end = take.parts.at(-1)?.to ?? Infinity;
  return keys.some(({ digit, at }) => {
    if (at < from - LATE_KEY_MS) return false;
    if (digit === '9') return true;
    // After a 5 it may be paused, and then it is not over when it is not being recorded.
    const paused = keys.some((other) => other.digit === '5' && other.at >= begin && other.at <= at);
    return (
      digit === '*' && !isConversation(take.name) && at >= begin - EDGE_MS && (at <= end + EDGE_MS || paused)
    );
  });
}

/** Whether a conversation may have been paused or muted, by keys read late, too, before these words were over. */
function mayBeLeftOut(from: number, seconds: number, keys: WitnessedCall['keys']): boolean {
  return keys.some(
    ({ digit, at }) => (digit === '5' || digit === '6') && at < from + seconds * 1000 + EDGE_MS,
  );
}

function isAfter(later: WitnessedTake, take: WitnessedTake): boolean {
  return (later.parts[0]?.from ?? 0) > (take.parts[0]?.from ?? Infinity);
}

function lengthOf({ parts }: WitnessedTake): number {
  return parts.reduce((sum, { from, to = Infinity }) => sum + to - from, 0) / 1000;
}

/**
 * Whether a file has the length of what was recorded, or of the latest parts of it: after a throwing away that met a
 * fault the same name can be used again. What was spoken in the earlier parts is looked for by itself.
 */
function fits(seconds: number, { name, parts }: WitnessedTake, gaps: number): boolean {
  return parts.some((_, n) => {
    const recorded = lengthOf({ name, parts: parts.slice(n) });
    return seconds <= recorded + TOLERANCE_SECONDS && seconds >= recorded - TOLERANCE_SECONDS - gaps;
  });
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to ?? Infinity, b.to ?? Infinity) - Math.max(a.from, b.from)) / 1000;
}

function toneSeconds({ sounds }: Message, hz: number): number {
  const same = sounds.filter((sound) => sound.hz !== undefined && Math.abs(sound.hz - hz) <= SAME_HZ);
  return same.reduce((sum, { seconds }) => sum + seconds, 0);
}
