/** How calls begin that SIP telephones transfer: an outside caller has reached the desk, or talks to the owner. */
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { type SipCall, sipEndpoints, SipPhone } from '../../asterisk/sandbox/sip-phone.ts';
import type { StoredMessage } from './stage.ts';

/** The telephones that can register. */
export const TELEPHONES = sipEndpoints(['desk', 'owner', 'third']);

/** 701 rings the desk, 703 the third telephone; 5XX of the sandbox rings the owner first. */
export const EXTENSIONS = `[default]
exten => 701,1,Dial(PJSIP/desk,20)
exten => 703,1,Dial(PJSIP/third,20)
`;

export async function registered(sandbox: Sandbox, user: string): Promise<SipPhone> {
  const phone = await SipPhone.open(sandbox, { user });
  await phone.register();
  return phone;
}

/** An outside caller has reached the desk, and is on hold there. */
export async function holdAtDesk(
  outside: SipPhone,
  desk: SipPhone,
): Promise<{ caller: SipCall; held: SipCall }> {
  const caller = await outside.dial('701');
  const held = await desk.rings();
  await held.answer();
  await caller.answered;
  await held.hold();
  return { caller, held };
}

export interface Parties {
  readonly sandbox: Sandbox;
  readonly outside: SipPhone;
  readonly owner: SipPhone;
  /** Resolves when the daemon has said so. */
  readonly logged: (message: string) => Promise<void>;
}

/** A caller and the owner talk, and are recorded. */
export async function talkToOwner(
  { sandbox, outside, owner, logged }: Parties,
  extension: string,
): Promise<{ caller: SipCall; atOwner: SipCall }> {
  await sandbox.cli('dialplan set global OPTIONS dial=PJSIP/owner');
  const caller = await outside.dial(extension);
  const atOwner = await owner.rings();
  await atOwner.answer();
  await caller.answered;
  await logged('Entering conversing state');
  await atOwner.press('0');
  await logged('Recording the conversation');
  return { caller, atOwner };
}

/** The tones that last, in Hz. */
export function lastingTones({ sounds }: StoredMessage): number[] {
  return sounds.filter(({ hz, seconds }) => hz !== undefined && seconds > 0.3).map(({ hz = 0 }) => hz);
}
