/** What 9 does in every state that has a message: it is thrown away, and the call ends (Reader Exercise 4). */
import type { CallContext } from '../call/call-context.ts';
import { Event } from '../call/event.ts';

export async function discard(call: CallContext): Promise<Event> {
  await call.message.discard('DTMF 9');
  call.conclude('discarded');
  return Event.DTMF_9;
}
