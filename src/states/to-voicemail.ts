/** What follows when caller and owner do not get to talk, whatever the reason: the caller leaves a message. */
import { CallerHungUp } from '../call/call-channel.ts';
import type { CallContext } from '../call/call-context.ts';
import { Event } from '../call/event.ts';

export async function toVoicemail(call: CallContext): Promise<Event> {
  const { conversation, channel, log } = call;
  conversation.legs.release();
  await conversation.bridge.destroy();
  try {
    await conversation.answer();
  } catch (error) {
    if (channel.hungUp) throw new CallerHungUp();
    // Perhaps it is answered for all that; if not, the recording will tell.
    log.error({ err: error }, 'Could not answer');
  }
  return Event.NO_ANSWER;
}
