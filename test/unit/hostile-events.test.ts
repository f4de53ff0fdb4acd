/**
 * Events of any shape, as the router gets them: a call in progress is not disturbed, nothing is left behind, and
 * nothing is stored outside of a mailbox. What the router throws, the daemon logs.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { collectUnhandled } from '../support/unhandled.ts';
import { useVirtualTime } from '../support/virtual-time.ts';
import { readMessage } from '../../src/ari/ari-event.ts';
import type { AriEvent } from '../../src/ari/ari-port.ts';
import { CallRouter } from '../../src/call-router.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { MessageIndex } from '../../src/mailbox/message-index.ts';
import { APP, FakeAsterisk } from '../support/fake-asterisk.ts';
import { HOSTILE_LIMIT, hostileRuns } from '../support/hostile-runs.ts';

const unhandled = collectUnhandled();
useVirtualTime();

const TYPES = [
  ...([
    'StasisStart',
    'StasisEnd',
    'ChannelHangupRequest',
    'ChannelDestroyed',
    'ChannelDtmfReceived',
  ] as const),
  ...(['PlaybackFinished', 'RecordingStarted', 'RecordingFinished', 'RecordingFailed'] as const),
];
/** The call that is in progress has the channel 1700000000.1: these events are not of it. */
const foreign = fc.oneof(
  fc.constantFrom<unknown>('', '__proto__', 'constructor', '1700000000.2', null, 7, ['1700000000.1'], {}),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
);
const resource = fc.oneof(
  fc.record({ id: foreign, name: foreign, creationtime: foreign }, { requiredKeys: [] }),
  fc.record({ id: foreign, name: foreign, target_uri: foreign, state: foreign }, { requiredKeys: [] }),
  foreign,
);
const OWN = '1700000000.1';
const ours = { target_uri: fc.constant(`channel:${OWN}`), state: foreign };
/** Of the call in progress, but about nothing that it has. */
const aboutNothing = fc.oneof(
  fc.record({
    type: fc.constant('ChannelDtmfReceived'),
    channel: fc.constant({ id: OWN }),
    digit: foreign.filter((digit) => !/^[0-9*#]$/.test(String(digit))),
  }),
  fc.record({ type: fc.constant('PlaybackFinished'), playback: fc.record({ id: foreign, ...ours }) }),
  fc.record({
    type: fc.constantFrom(...TYPES.filter((type) => type.startsWith('Recording'))),
    recording: fc.record({ name: foreign, ...ours, duration: foreign }),
  }),
);
const events = fc.oneof(
  aboutNothing,
  fc.record(
    {
      type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom<unknown>(...TYPES) }, foreign),
      channel: resource,
      playback: resource,
      recording: resource,
      args: fc.oneof(fc.array(foreign), foreign),
      digit: foreign,
    },
    { requiredKeys: ['type'] },
  ),
  fc.jsonValue(),
);

/** A caller speaks for two seconds, presses # twice, and meanwhile the router is told of `nonsense`. */
async function callAmid(nonsense: readonly unknown[]) {
  const asterisk = new FakeAsterisk();
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const { config } = loadConfig({});
  const router = new CallRouter({ ari: asterisk, app: APP, config, log, index: new MessageIndex() });
  let thrown = 0;
  const route = (event: unknown) => {
    try {
      router.route(event as AriEvent);
    } catch {
      thrown += 1;
    }
  };
  asterisk.onEvent = route;
  const caller = asterisk.dial('305');
  caller.speak(440, 8);
  const pause = Math.floor(3_000 / (nonsense.length + 1));
  for (const event of nonsense) {
    await vi.advanceTimersByTimeAsync(pause);
    route(event);
  }
  await vi.advanceTimersByTimeAsync(5_000);
  caller.press('#');
  await vi.advanceTimersByTimeAsync(1_000);
  caller.press('#');
  await caller.gone;
  // The calls that nobody made, too, are given up.
  await vi.advanceTimersByTimeAsync(120_000);
  return { asterisk, caller, router, lines, thrown };
}

test('a call goes its way, whatever events that are not about it arrive', HOSTILE_LIMIT, async () => {
  const property = fc.asyncProperty(fc.array(events, { maxLength: 12 }), async (nonsense) => {
    const { asterisk, caller, router, lines } = await callAmid(nonsense);
    expect(unhandled).toEqual([]);
    expect([...asterisk.stored.keys()]).toEqual([
      expect.stringMatching(/^voicemail\/305\/INBOX\/\d+-1700000000-1$/),
    ]);
    expect(caller.variables.get('VMREASON')).toBe('accepted');
    expect(router.size).toBe(0);
    expectConstantMessages(lines);
  });
  await fc.assert(property, hostileRuns(15));
});

/** What came from outside stands in the fields of a line, never in its message. */
function expectConstantMessages(lines: readonly string[]): void {
  for (const line of lines) {
    const { msg } = JSON.parse(line) as { msg: string };
    expect(msg).toMatch(/^[A-Z][\w ,:'/.-]+$/);
    expect(msg).not.toMatch(/1700000000|\bvoicemail\//);
  }
}

const malformedStart = fc
  .record(
    { type: fc.constant('StasisStart'), channel: resource, args: fc.oneof(fc.array(foreign), foreign) },
    { requiredKeys: ['type'] },
  )
  .filter(({ channel, args }) => !isChannel(channel) || !isStrings(args));
const isChannel = (it: unknown) =>
  ['id', 'name', 'creationtime'].every(
    (field) => typeof (it as Record<string, unknown> | null)?.[field] === 'string',
  );
const isStrings = (it: unknown) => Array.isArray(it) && it.every((each) => typeof each === 'string');

test('a StasisStart of a wrong shape is not read', HOSTILE_LIMIT, () => {
  const property = fc.property(malformedStart, (event) => {
    expect(() => readMessage(JSON.stringify(event), () => {})).toThrow();
  });
  fc.assert(property, hostileRuns(1));
});
