/** A real SIP telephone that is called: SIPp as the one who answers, refuses, or rings until Asterisk cancels. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';
import { runSipp, type SippProgress, type SippResult } from './sipp-run.ts';
import { sdp, type SippStep, writeScenarioFile, writeSteps } from './sipp-scenario.ts';

/** What the telephone does when it is called. */
export type PhoneConduct =
  /** Rings so many seconds, is picked up, and does this. */
  | { readonly ringSeconds: number; readonly steps: readonly SippStep[] }
  /** Rings until Asterisk cancels the call; one that does not within so many seconds has failed. */
  | { readonly expectCancelWithin: number }
  /** A status line's end, like `486 Busy Here`. */
  | { readonly refuse: string };

export interface PhoneResult extends SippResult {
  /** When Asterisk cancelled the call, in epoch ms. */
  readonly cancelledAt: number | undefined;
}

/** What it may take to be called, in ms. */
const SLACK = 30_000;
const LOG = 'cancel.log';

/**
 * Is called once, at this port of the loopback interface, and resolves when the call is over.
 * Throws SandboxError when there is no SIPp to be had.
 */
export async function sippPhone(
  sandbox: Pick<Sandbox, 'dir' | 'sip'>,
  port: number,
  conduct: PhoneConduct,
  progress: SippProgress = {},
): Promise<PhoneResult> {
  let cancelledAt: number | undefined;
  const prepare = async (dir: string) => {
    const { commands, duration } = await commandsOf(dir, conduct);
    const path = await writeScenarioFile(dir, 'phone', `<recv request="INVITE" rrs="true"/>\n${commands}`);
    return {
      calls: 1,
      port,
      args: ['-sf', path, '-trace_logs', '-log_file', LOG],
      limit: duration + SLACK,
    };
  };
  const result = await runSipp(sandbox, progress, prepare, async (dir) => {
    const log = await readFile(join(dir, LOG), 'utf8').catch(() => '');
    const seconds = /^cancel .*?(\d+\.\d{6})$/m.exec(log)?.[1];
    cancelledAt = seconds === undefined ? undefined : Number(seconds) * 1000;
  });
  return { ...result, cancelledAt };
}

/** What follows the INVITE, and how long it takes, in ms. */
async function commandsOf(
  dir: string,
  conduct: PhoneConduct,
): Promise<{ commands: string; duration: number }> {
  if ('refuse' in conduct) return { commands: `${answer(conduct.refuse)}\n${ACK}`, duration: 0 };
  if ('expectCancelWithin' in conduct) {
    const duration = conduct.expectCancelWithin * 1000;
    return { commands: `${RINGING}\n${cancelled(duration)}`, duration };
  }
  const { commands, duration } = await writeSteps(dir, conduct.steps, { bye: BYE });
  const ringMs = conduct.ringSeconds * 1000;
  return {
    commands: `${RINGING}\n<pause milliseconds="${ringMs}"/>\n${answer('200 OK', sdp(false))}\n${ACK_OF_A_CALL}\n${commands}`,
    duration: ringMs + duration,
  };
}

const TAG = ';tag=[pid]-[call_number]';

/** An answer to the INVITE, or to another request of this `cseq`. */
const answer = (status: string, body = '', cseq = '[last_CSeq:]', tag = TAG) => `<send><![CDATA[
SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
${cseq}
Contact: <sip:[local_ip]:[local_port]>
${body ? 'Content-Type: application/sdp\n' : ''}Content-Length: [len]

${body}]]></send>`;

const RINGING = answer('180 Ringing');
const ACK = '<recv request="ACK"/>';

/** SIPp has no word for the number of the INVITE, but the CANCEL has the same. */
const cancelled = (limitMs: number) => `<recv request="CANCEL" timeout="${limitMs}">
<action><log message="cancel [timestamp]"/></action>
</recv>
${answer('200 OK', '', 'CSeq: [cseq] CANCEL')}
${answer('487 Request Terminated', '', 'CSeq: [cseq] INVITE')}
${ACK}`;

/** Keeps for the BYE who is who: SIPp minds if nobody uses it, as when Asterisk sends the BYE. */
const ACK_OF_A_CALL = `<recv request="ACK">
<action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="own"/>
</action>
</recv>
<Reference variables="caller,own"/>`;

const BYE = `<send><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$own]
To:[$caller]
[last_Call-ID:]
CSeq: 1 BYE
Contact: <sip:[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>`;
