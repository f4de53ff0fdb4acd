/** Writes a SIPp scenario and its sounds from a list of steps: what one SIP caller, or who is called, does in a call. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVENT_CODEC, EVENT_PAYLOAD, PRESS_MS, writePress, writeSilence, writeVoice } from './sipp-media.ts';
import { writeToneWav } from './wav.ts';

/** One thing that the caller, or who was called, does, in its turn, once the call is answered. */
export type SippStep =
  /** Speaks for that long: a WAV file (path; mono, 16 bit, 8 kHz; over again when it is shorter), or a tone (Hz). */
  | { readonly say: string | number; readonly seconds: number }
  /** Is silent for that many seconds. */
  | { readonly wait: number }
  /** Presses keys, one after the other: `0`-`9`, `*`, `#`. */
  | { readonly press: string }
  /** Waits in silence until Asterisk hangs up. */
  | { readonly expectBye: true }
  | { readonly hangup: true };

/** Pause between two keys, in ms. */
const BETWEEN_KEYS_MS = 120;

/**
 * Writes the files into the folder `dir` and returns the scenario's path and how long one call takes at least, in ms.
 * A call whose last step does not end it is hung up by the caller. SIPp takes from its file of calls: field 0, whom to
 * call, and with `ears` field 1, the port to which Asterisk is to send what the caller hears.
 */
export async function writeScenario(
  dir: string,
  steps: readonly SippStep[],
  ears: boolean,
): Promise<{ path: string; duration: number }> {
  const { commands, duration } = await writeSteps(dir, steps, { bye: BYE, ears });
  return { path: await writeScenarioFile(dir, 'caller', `${invite(ears)}\n${commands}`), duration };
}

/** The same of a caller who gives up when it has rung for that long. */
export async function writeGivingUp(
  dir: string,
  ringSeconds: number,
): Promise<{ path: string; duration: number }> {
  const duration = ringSeconds * 1000;
  const commands = `${request('INVITE', CALLEE, 1, '', sdp(false))}
<recv response="100" optional="true"/>
<recv response="180"/>
<pause milliseconds="${duration}"/>
${CANCEL}`;
  return { path: await writeScenarioFile(dir, 'caller', commands), duration };
}

/** What a telephone does in a call, as SIPp's commands, and how long it takes at least, in ms. */
export interface Conduct {
  readonly commands: string;
  readonly duration: number;
}

/**
 * Turns the steps into commands, and writes the sounds that they need into the folder `dir`. A call whose last step
 * does not end it is ended by `bye`, as a hangup is.
 */
export async function writeSteps(
  dir: string,
  steps: readonly SippStep[],
  { bye, ears = false }: { bye: string; ears?: boolean },
): Promise<Conduct> {
  let duration = 0;
  let endsItself = false;
  // Sent from the answer on, as a telephone does: Asterisk records no silence where no packets come.
  const commands: string[] = [stream(SILENCE)];
  const pause = (ms: number) => {
    duration += ms;
    commands.push(`<pause milliseconds="${Math.round(ms)}"/>`);
  };
  await writeSilence(join(dir, 'silence.ulaw'));
  for (const [index, step] of steps.entries()) {
    if ('say' in step) {
      await writeVoice(join(dir, `${index}.ulaw`), await wavOf(step.say, join(dir, `${index}.wav`)));
      commands.push(stream(`${index}.ulaw,-1,0`));
      pause(step.seconds * 1000);
      commands.push(stream(SILENCE));
    } else if ('wait' in step) {
      pause(step.wait * 1000);
    } else if ('press' in step) {
      for (const [position, digit] of [...step.press].entries()) {
        const name = `key-${digit.codePointAt(0) ?? 0}.rtp`;
        await writePress(join(dir, name), digit);
        commands.push(stream(`${name},1,${EVENT_PAYLOAD},${EVENT_CODEC}`, ears ? mark('press') : ''));
        const isLast = position === step.press.length - 1;
        if (isLast && 'expectBye' in (steps[index + 1] ?? {})) continue; // the BYE may come at once
        pause(PRESS_MS);
        commands.push(stream(SILENCE));
        pause(BETWEEN_KEYS_MS);
      }
    } else {
      commands.push('expectBye' in step ? byeFromAsterisk(steps[index - 1]) : bye);
      endsItself = true;
    }
  }
  return { commands: [...commands, ...(endsItself ? [] : [bye])].join('\n'), duration };
}

/** Writes the scenario into the folder `dir`, and returns its path. */
export async function writeScenarioFile(dir: string, name: string, commands: string): Promise<string> {
  const path = join(dir, 'scenario.xml');
  await writeFile(
    path,
    `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${commands}\n</scenario>\n`,
  );
  return path;
}

/** The file, played over and over, as payload type 0. */
const SILENCE = 'silence.ulaw,-1,0';

const stream = (what: string, before = '') =>
  `<nop><action>${before}<exec rtp_stream="${what}"/></action></nop>`;

/** Writes into SIPp's log file that, and when, the caller of this ear got or did something. */
const mark = (what: string) => `<log message="${what} [field1] [timestamp]"/>`;

async function wavOf(say: string | number, path: string): Promise<string> {
  if (typeof say === 'string') return say;
  await writeToneWav(path, say, 1);
  return path;
}

const CALLEE = 'sip:[field0]@[remote_ip]:[remote_port]';

const request = (method: string, uri: string, cseq: number, to: string, body = '') => `<send><![CDATA[
${method} ${uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <${CALLEE}>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
${body ? 'Content-Type: application/sdp\n' : ''}Content-Length: [len]

${body}]]></send>`;

/** With `ears` SIPp's own port is named where nobody looks: it sends from a port only if the scenario names it. */
export const sdp = (ears: boolean) => `v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio ${ears ? '[field1]' : '[rtpstream_audio_port]'} RTP/AVP 0 ${EVENT_PAYLOAD}
a=rtpmap:0 PCMU/8000
a=rtpmap:${EVENT_PAYLOAD} telephone-event/8000
a=fmtp:${EVENT_PAYLOAD} 0-15
${ears ? 'a=x-sent-from:[rtpstream_audio_port]\n' : ''}`;

const invite = (ears: boolean) => `${request('INVITE', CALLEE, 1, '', sdp(ears))}
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true">${ears ? `<action>${mark('answer')}</action>` : ''}</recv>
${request('ACK', '[next_url]', 1, '[peer_tag_param]')}`;

const BYE = `${request('BYE', '[next_url]', 2, '[peer_tag_param]')}
<recv response="200"/>`;

/** In the transaction of the INVITE, so with the Via that the 180 has brought back. */
const CANCEL = `<send><![CDATA[
CANCEL ${CALLEE} SIP/2.0
[last_Via:]
[last_From:]
To: <${CALLEE}>
[last_Call-ID:]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
<recv response="487"/>
<send><![CDATA[
ACK ${CALLEE} SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>`;

/** While a key is being pressed the BYE may come, too: only after it there is silence to send. */
function byeFromAsterisk(before: SippStep | undefined): string {
  if (!before || !('press' in before)) return `<recv request="BYE"/>\n${OK_TO_BYE}`;
  return `<recv request="BYE" timeout="${PRESS_MS}" ontimeout="1" next="2"/>
<label id="1"/>
${stream(SILENCE)}
<recv request="BYE"/>
<label id="2"/>
${OK_TO_BYE}`;
}

const OK_TO_BYE = `<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`;
