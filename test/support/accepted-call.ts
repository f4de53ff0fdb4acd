/** The shortest proof that a daemon works on a real Asterisk: it takes a call, and accepts its message. */
import { connectCallers } from '../../asterisk/sandbox/local-caller.ts';
import type { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';

/** A caller leaves a message for mailbox 305. @returns the id of the channel that the daemon knows */
export async function callAndBeAccepted(sandbox: Sandbox, log: DaemonLog): Promise<string> {
  await using callers = await connectCallers(sandbox);
  const caller = await callers.call({ extension: '305' });
  await log.until(caller.farId, 'Recording voicemail');
  await caller.say(440, 1.5);
  await caller.hangup();
  await log.until(caller.farId, 'Accepted recording');
  return caller.farId;
}
