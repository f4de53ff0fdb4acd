/** What follows when a call has lasted so long that nobody can mean it: it ends with the message that is there. */
import type { CallContext } from '../call/call-context.ts';
import { Event } from '../call/event.ts';
import type { TakeResult } from '../call/voice-message.ts';

/** @param take what became of the take that was in progress; `stuck` if it can't be stopped, and ends with the channel */
export async function tooLong(call: CallContext, take?: TakeResult | 'stuck'): Promise<Event> {
  const { message } = call;
  const hadMessage = message.stored !== undefined;
  // Nobody is told of a message that somebody else has removed.
  const isKept = hadMessage && (await message.checkThere());
  if (isKept || take === 'stuck') call.conclude('timeout');
  else call.conclude(hadMessage || take === 'missing' ? 'storage' : 'silence');
  return Event.TOO_LONG;
}
