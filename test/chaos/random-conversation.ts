/** Calls an owner, as its script says, and talks, if somebody answers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalCaller } from '../../asterisk/sandbox/caller.ts';
import { Phone } from '../../asterisk/sandbox/phone.ts';
import type { ConversationScript, PhoneScript, Turn } from './conversation-script.ts';
import type { Telephones } from './random-caller.ts';
import { live, type WitnessedCall } from './witness.ts';

/** A telephone is called within this, or not at all: longer than an outage. In ms. */
const CALL_PATIENCE = 60_000;
/** A key that has done nothing by then was lost, as far as the owner can tell. */
const KEY_PATIENCE = 6_000;
/** So often the owner presses such a key again. */
const MOST_AGAIN = 2;
/** For so long the caller waits until it is clear who has answered. */
const ANSWER_PATIENCE = 60_000;
const END_PATIENCE = 25_000;

/** The telephones of one call, and who has picked one up. */
export interface Ringing {
  readonly options: string;
  /** The owner, when somebody has answered. */
  owner(): LocalCaller | undefined;
}

/** Has the telephones do what their scripts say, once they are called. */
export function ring(
  { link, witness, toneFile }: Telephones,
  call: WitnessedCall,
  { phones, timeoutSeconds, ringSeconds }: ConversationScript,
  number: number,
): Ringing {
  let owner: LocalCaller | undefined;
  const telephones = phones.map((_, n) => {
    return new Phone(link, String(10_000 + 10 * number + n), undefined, toneFile, CALL_PATIENCE);
  });
  const act = async (phone: Phone, script: PhoneScript) => {
    witness.addPhone(call, await phone.rings());
    await delay(ringSeconds * 1000);
    if (script === 'busy') await phone.refuse('busy');
    if (script !== 'answer') return;
    const person = await phone.answer();
    // Whoever answers second is hung up: the first one who is not is the owner.
    await delay(500);
    if (!person.hasEnded) owner ??= person;
  };
  // One that is not called, or is hung up, does nothing more.
  for (const [n, phone] of telephones.entries()) act(phone, phones[n] ?? 'silent').catch(() => undefined);
  const dial = telephones.map(({ endpoint }) => endpoint).join('&');
  return { options: `dial=${dial},timeout=${timeoutSeconds}`, owner: () => owner };
}

/** Talks, if somebody has answered; resolves with whether that was so. */
export async function converse(
  { witness }: Telephones,
  call: WitnessedCall,
  caller: LocalCaller,
  ringing: Ringing,
  { turns }: ConversationScript,
): Promise<boolean> {
  await witness.until(call, () => call.isBridged || live(call) !== undefined, ANSWER_PATIENCE);
  if (!call.isBridged) return false;
  for (let waited = 0; waited < 1000 && !ringing.owner(); waited += 100) await delay(100);
  const owner = ringing.owner();
  if (!owner) return true;
  for (const turn of turns) {
    if (caller.hasEnded || owner.hasEnded) break;
    // The other may hang up, or be hung up, meanwhile.
    await take(turn, { caller, owner }, witness, call).catch(() => undefined);
  }
  return true;
}

async function take(
  turn: Turn,
  people: { caller: LocalCaller; owner: LocalCaller },
  witness: Telephones['witness'],
  call: WitnessedCall,
): Promise<void> {
  if ('hangup' in turn) {
    await people[turn.hangup].hangup();
    await witness.until(call, () => call.ended, END_PATIENCE);
  } else if ('by' in turn) {
    await people[turn.by].say(turn.hz, turn.seconds);
  } else {
    await people.owner.press(turn.press);
    const done = met(turn.press, call);
    for (let again = 0; done && again < MOST_AGAIN; again++) {
      if (await witness.until(call, done, KEY_PATIENCE)) break;
      await people.owner.press(turn.press);
    }
  }
}

/** What the owner hears, sooner or later, of what a key has done. */
function met(key: string, call: WitnessedCall): (() => boolean) | undefined {
  if (key === '0') return () => live(call) !== undefined;
  if (key === '7' || key === '9') return () => live(call) === undefined;
  return key === '#' ? () => call.ended : undefined;
}
