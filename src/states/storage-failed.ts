/** What follows when Asterisk could not store what a caller said: another try, or an end with an apology. */
import type { CallContext } from '../call/call-context.ts';
import { Event } from '../call/event.ts';

/** A caller whose message could not be stored may try again until it has happened this often. */
const ATTEMPTS = 2;

/** The caller hears an apology, and then an earlier take if there is one, or the beep again; or is let go. */
export async function storageFailed(call: CallContext): Promise<Event> {
  // Somebody may have removed that, too.
  await call.message.checkThere();
  if (call.message.countStorageFailure() >= ATTEMPTS) {
    call.conclude('storage');
    return Event.FAILED;
  }
  call.prompts.add('tryAgain');
  return call.message.stored ? Event.RECORDING_FINISHED : Event.STORAGE_FAILED;
}
