/**
 * A desk that puts outside callers through to voicemail, one after another, while all the others call. By SIP: only
 * there one channel takes another's place.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { type SipCall, SipPhone } from '../../asterisk/sandbox/sip-phone.ts';
import { askAri } from '../support/ask-ari.ts';
import { holdAtDesk, registered } from '../support/sip-transfers.ts';
import { LONG_OUTAGE, PATIENCE, type Telephones } from './random-caller.ts';
import { type DeskScript, deskScript } from './script.ts';
import { until } from './until.ts';
import { live, type Span, type WitnessedCall } from './witness.ts';

/** The review of a message, and its time limit. In ms. */
const END_PATIENCE = 15_000;
/** Until Asterisk has made a channel for a call that is on its way. */
const CHANNEL_PATIENCE = 5_000;

/**
 * Puts callers through until `allCalling` is aborted.
 * @returns what the telephones could not do
 */
export async function putThroughCallers(
  sandbox: Sandbox,
  telephones: Telephones,
  seed: number,
  allCalling: AbortSignal,
): Promise<string[]> {
  const failures: string[] = [];
  await using desk = await registered(sandbox, 'desk');
  await using outside = await SipPhone.open(sandbox);
  for (let number = 0; !allCalling.aborted; number++) {
    const script = deskScript(seed, number);
    await putThrough(sandbox, { desk, outside }, telephones, script).catch((error: unknown) =>
      failures.push(`put through: ${String(error)}`),
    );
  }
  return failures;
}

async function putThrough(
  sandbox: Sandbox,
  { desk, outside }: { desk: SipPhone; outside: SipPhone },
  telephones: Telephones,
  script: DeskScript,
): Promise<void> {
  const { link, witness } = telephones;
  const { caller, held } = await holdAtDesk(outside, desk);
  const known = await channels(sandbox);
  const id = known.find(({ name }) => name.startsWith('PJSIP/sipp-'))?.id ?? '';
  const asking = await desk.dial(script.mailbox);
  try {
    const farId = await newChannel(sandbox, known);
    const call = witness.add(script, { id, farId });
    await Promise.all([link.watch(id), link.watch(farId)]);
    const begun = Date.now();
    const recorded = (since: number) => () => (live(call)?.parts.at(-1)?.from ?? 0) >= since;
    const waitFor = async (since: number) => {
      if (await witness.until(call, recorded(since), PATIENCE)) return true;
      call.gaveUp = !call.ended && telephones.longestOutage(begun) < LONG_OUTAGE;
      return false;
    };
    if (!(await waitFor(begun))) return;
    await say(asking, farId, call, script.deskHz, script.seconds);
    await delay(script.pauseSeconds * 1000);
    // Taken by the dialplan; that goes on with the other channel, of which nobody tells.
    if (live(call)?.name === undefined) return;

    const deaf: Span = { from: Date.now() };
    call.muted.push(deaf);
    call.isPutThrough = true;
    await held.transfer(asking);
    const isRecorded = await waitFor(deaf.from);
    deaf.to = Date.now();
    if (!isRecorded) return;
    await say(caller, id, call, script.callerHz, script.seconds);
    if (script.ends === 'hangup') return;
    await caller.press('#');
    await witness.until(call, () => call.ended, END_PATIENCE);
  } finally {
    await Promise.all([caller, asking, held].map((each) => each.hangup()));
  }
}

async function say(
  from: SipCall,
  channel: string,
  { said }: WitnessedCall,
  hz: number,
  seconds: number,
): Promise<void> {
  const words: Span & { hz: number; channel: string } = { hz, channel, from: Date.now() };
  said.push(words);
  await from.say(hz, seconds);
  words.to ??= Date.now();
}

interface ChannelInfo {
  readonly id: string;
  readonly name: string;
}

function channels(sandbox: Sandbox): Promise<ChannelInfo[]> {
  return askAri<ChannelInfo[]>(sandbox, 'channels');
}

/** The id of the desk's that was not there before. */
async function newChannel(sandbox: Sandbox, before: readonly ChannelInfo[]): Promise<string> {
  const isNew = ({ id, name }: ChannelInfo) =>
    name.startsWith('PJSIP/desk-') && !before.some((each) => each.id === id);
  let found: ChannelInfo | undefined;
  const find = async () => (found = (await channels(sandbox)).find(isNew)) !== undefined;
  // Soon, as its recording may begin before it is watched.
  await until(find, CHANNEL_PATIENCE, 10);
  if (!found) throw new Error('the desk’s call has not begun');
  return found.id;
}
