/** Telephones that are called on a real Asterisk: what they do is exactly what the stories of conversations assume. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AriEvent, AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { type Callers, connectCallers, heardBy } from '../../asterisk/sandbox/local-caller.ts';
import { freePort } from '../../asterisk/sandbox/ports.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { segments } from '../../asterisk/sandbox/segments.ts';
import { sippCall } from '../../asterisk/sandbox/sipp.ts';
import { sippPhone } from '../../asterisk/sandbox/sipp-phone.ts';
import { readWav, writeToneWav } from '../../asterisk/sandbox/wav.ts';

let sandbox: Sandbox;
let callers: Callers;
let link: AriLink;
let sipPort: number;

beforeAll(async () => {
  sipPort = await freePort('udp', undefined, '');
  const phone = `[305](phone)\naors = 305\n[305]\ntype = aor\ncontact = sip:305@127.0.0.1:${sipPort}\n`;
  const extension = '[default]\nexten => 905,1,Dial(PJSIP/305,20)\n';
  sandbox = await startSandbox({
    extras: { modules: [], files: { 'pjsip.conf': phone, 'extensions.conf': extension } },
  });
  await writeToneWav(`${sandbox.dir}/tone.wav`, 600, 1);
  callers = await connectCallers(sandbox);
  link = await AriLink.connect(sandbox.ari, 'switchboard', [
    ...['StasisStart', 'ChannelDestroyed', 'ChannelDtmfReceived', 'RecordingStarted', 'RecordingFinished'],
    'PlaybackFinished',
  ]);
});

afterAll(async () => {
  await callers.close();
  await link.close();
  const channels = await sandbox.cli('core show channels count');
  await sandbox.stop();
  expect(channels).toMatch(/^0 active channels/m);
});

/** The next event of this type and channel. */
function next(type: string, id: string): Promise<AriEvent> {
  return link.waitFor(`${type} of ${id}`, 5_000, (event) => event.type === type && event.channel?.id === id);
}

function dial(endpoint: string, id: string): Promise<void> {
  const call = { endpoint, app: 'switchboard', appArgs: 'leg', channelId: id, formats: 'slin', timeout: 20 };
  return link.request('POST', '/channels', call);
}

test('a telephone rings, is picked up, hears, speaks, sends keys, and hangs up', async () => {
  const phone = callers.phone('701');
  const up = next('StasisStart', 'leg-1');
  await dial(phone.endpoint, 'leg-1');
  await phone.rings();
  const person = await phone.answer();
  await up;

  const played = link.waitFor('the end of the tone', 5_000, ({ type }) => type === 'PlaybackFinished');
  await link.request('POST', '/channels/leg-1/play', { media: `sound:${sandbox.dir}/tone` });
  await played;
  const recording = { name: 'spoken', format: 'wav', maxDurationSeconds: 0 };
  const begun = link.waitFor('the recording', 5_000, ({ type }) => type === 'RecordingStarted');
  await link.request('POST', '/channels/leg-1/record', recording);
  await begun;
  await person.say(440, 1);
  const kept = link.waitFor('its end', 5_000, ({ type }) => type === 'RecordingFinished');
  await link.request('POST', '/recordings/live/spoken/stop');
  await kept;
  await person.press('0*#');
  const over = next('ChannelDestroyed', 'leg-1');
  await person.hangup();
  await over;
  const spoken = segments(await readWav(`${sandbox.recordingDir}/spoken.wav`));
  expect(spoken.flatMap(({ hz = 0 }) => hz || [])).toEqual([440]);
  const heard = segments(await readWav(heardBy('701', sandbox)));
  expect(heard.flatMap(({ hz = 0 }) => hz || [])).toEqual([600]);
});

test.for([
  ['busy', 'User busy'],
  ['congestion', 'Circuit/channel congestion'],
  ['no_answer', 'User alerting, no answer'],
] as const)('a telephone refuses as %s', async ([refusal, cause], { expect }) => {
  const phone = callers.phone('702');
  const over = next('ChannelDestroyed', `leg-${refusal}`);
  await dial(phone.endpoint, `leg-${refusal}`);
  await phone.rings();
  await phone.refuse(refusal);
  expect((await over).cause_txt).toBe(cause);
});

test('a telephone that nobody picks up is quiet when the call is given up', async () => {
  const phone = callers.phone('703');
  await dial(phone.endpoint, 'leg-3');
  await phone.rings();
  await link.request('DELETE', '/channels/leg-3');
  await phone.quiet();
});

const WELL = { status: 0, successful: 1, failed: 0, errors: '' };

test('a SIP telephone rings, is picked up, speaks, sends keys, and hangs up', async () => {
  const [phone, up] = [
    sippPhone(sandbox, sipPort, {
      ringSeconds: 0.3,
      steps: [{ wait: 0.5 }, { say: 440, seconds: 0.5 }, { press: '0#' }, { hangup: true }],
    }),
    next('StasisStart', 'sip-1'),
  ];
  let keys = '';
  const pressed = link.waitFor('both keys', 10_000, ({ type, channel, digit }) => {
    if (type === 'ChannelDtmfReceived' && channel?.id === 'sip-1') keys += digit;
    return keys === '0#';
  });
  const over = next('ChannelDestroyed', 'sip-1');
  await dial('PJSIP/305', 'sip-1');
  await Promise.all([up, pressed]);
  await over;
  expect(await phone).toEqual({ ...WELL, cancelledAt: undefined });
});

test('a SIP telephone waits for the end of the call', async () => {
  const phone = sippPhone(sandbox, sipPort, { ringSeconds: 0.1, steps: [{ expectBye: true }] });
  const up = next('StasisStart', 'sip-2');
  await dial('PJSIP/305', 'sip-2');
  await up;
  await link.request('DELETE', '/channels/sip-2');
  expect(await phone).toMatchObject(WELL);
});

test('a SIP telephone refuses a call', async () => {
  const phone = sippPhone(sandbox, sipPort, { refuse: '486 Busy Here' });
  const over = next('ChannelDestroyed', 'sip-3');
  await dial('PJSIP/305', 'sip-3');
  expect((await over).cause_txt).toBe('User busy');
  expect(await phone).toMatchObject(WELL);
});

test('a SIP telephone notices at once that a SIP caller gives up', async () => {
  const phone = sippPhone(sandbox, sipPort, { expectCancelWithin: 10 });
  const caller = await sippCall(sandbox, { extension: '905', steps: { giveUpAfter: 0.5 } });
  const end = Date.now();
  expect(caller).toEqual(WELL);
  const { cancelledAt = Infinity, ...result } = await phone;
  expect(result).toEqual(WELL);
  // The caller has waited for the answer to its CANCEL, and SIPp for its own end.
  expect(cancelledAt - end).toBeLessThan(500);
});

test('a SIP telephone whose call is not given up has failed', async () => {
  const phone = sippPhone(sandbox, sipPort, { expectCancelWithin: 0.5 });
  await dial('PJSIP/305', 'sip-4');
  expect(await phone).toMatchObject({ status: 1, failed: 1, cancelledAt: undefined });
  await link.request('DELETE', '/channels/sip-4');
});
