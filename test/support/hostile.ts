/** An Asterisk, or a network, at its worst: operations that fail or answer late, events late, twice, or never. */
import fc from 'fast-check';
import type { AriEvent, AriPort } from '../../src/ari/ari-port.ts';
import type { FakeAsterisk, Fault } from './fake-asterisk.ts';

/** One or more operations in a row, counted from 0: any, or only those of one name. */
interface Trouble {
  readonly operation: keyof AriPort | 'any';
  readonly from: number;
  readonly times: number;
  readonly fault: Fault;
}

/** What operations meet; when the n-th event comes, in ms; none: never; and when the caller is transferred, in ms. */
export interface Hostility {
  readonly troubles: readonly Trouble[];
  readonly deliveries: ReadonlyMap<number, readonly number[]>;
  readonly transfersMs: readonly number[];
}

/** "Not found" is not among them: Asterisk only says so when it is true. */
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom<Fault[]>(
    { status: 500 },
    { status: 500, done: true },
    { never: 'undone' },
    { never: 'done' },
  ),
  fc.integer({ min: 2, max: 4900 }).map((lateMs) => ({ lateMs })),
);

const delay = fc.integer({ min: 2, max: 8000 });
const delivery = fc.oneof(
  fc.constant([]),
  delay.map((late) => [late]),
  delay.map((again) => [1, again]),
);

/** Those that a call does more than once, or that must not go wrong. */
const NAMED = [
  ...(['play', 'record', 'stopPlayback', 'stopRecording', 'cancelRecording', 'setChannelVars'] as const),
  ...(['getStoredRecording', 'deleteStoredRecording', 'copyStoredRecording', 'hangup'] as const),
  ...(['continueInDialplan', 'getLiveRecording'] as const),
];

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({
    operation: fc.constant('any' as const),
    from: fc.nat(30),
    times: fc.constantFrom(1, 1, 2),
    fault,
  }),
  fc.record({
    operation: fc.constantFrom(...NAMED),
    from: fc.nat(2),
    times: fc.constantFrom(1, 2, 5),
    fault,
  }),
);

export const hostility: fc.Arbitrary<Hostility> = fc.record({
  troubles: fc.array(trouble, { maxLength: 4, size: 'max' }),
  deliveries: fc
    .array(fc.tuple(fc.nat(30), delivery), { maxLength: 5, size: 'max' })
    .map((list) => new Map(list)),
  transfersMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(20_000), { minLength: 1, maxLength: 2 }) },
  ),
});

/** Digits come as they are pressed, and of the two events of a hangup at least one comes. */
export function makeHostile(asterisk: FakeAsterisk, { troubles, deliveries }: Hostility): void {
  asterisk.faults = (operation, n) => {
    const same = asterisk.operations.filter((earlier) => earlier === operation).length;
    const met = troubles.find((each) => {
      const at = each.operation === 'any' ? n : each.operation === operation ? same : -1;
      return at >= each.from && at < each.from + each.times;
    });
    return met?.fault;
  };
  let events = 0;
  let hangupTold = false;
  asterisk.deliveries = (event: AriEvent) => {
    if (event.type === 'StasisStart' || event.type === 'ChannelDtmfReceived') return [1];
    const times = deliveries.get(events++) ?? [1];
    if (event.type === 'StasisEnd' && times.length === 0 && !hangupTold) return [1];
    if (event.type === 'ChannelHangupRequest') hangupTold = times.length > 0;
    return times;
  };
}

/** As in `hangup from 0, 2 times: status 500; event 7 never`. */
export function describeHostility({ troubles, deliveries, transfersMs }: Hostility): string {
  const words = [
    ...troubles.map(
      ({ operation, from, times, fault: met }) =>
        `${operation} from ${from}, ${times} times: ${Object.entries(met).flat().join(' ')}`,
    ),
    ...[...deliveries].map(
      ([n, at]) => `event ${n} ${at.length === 0 ? 'never' : `after ${at.join(' and ')} ms`}`,
    ),
    ...transfersMs.map((ms) => `transferred after ${ms} ms`),
  ];
  return words.join('; ') || 'all is well';
}
