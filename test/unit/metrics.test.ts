/** What Prometheus reads: right numbers, in a format that it takes, under names that the README explains. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { measurePort } from '../../src/ari/measured-port.ts';
import { Metrics } from '../../src/metrics.ts';
import { parseMetrics, type Sample } from '../support/prometheus-text.ts';

const OPERATIONS = 'vm_record_ari_operation_duration_seconds';

let calls: Map<string, number>;
let messages: number;
let connected: boolean;
let metrics: Metrics;

const newMetrics = () =>
  new Metrics({ calls: () => calls, messages: () => messages, connected: () => connected });

beforeEach(() => {
  calls = new Map();
  messages = 0;
  connected = false;
  metrics = newMetrics();
});

const samplesOf = async (name: string): Promise<readonly Sample[]> =>
  parseMetrics(await metrics.text()).get(name)?.samples ?? [];

/** `label value` -> number, or the number alone under an empty key. */
const valuesOf = async (name: string) =>
  Object.fromEntries(
    (await samplesOf(name)).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );

/** How often each operation settled, by outcome. */
const operations = async () =>
  Object.fromEntries(
    (await samplesOf(OPERATIONS))
      .filter(({ name }) => name.endsWith('_count'))
      .map(({ labels, value }) => [`${labels['operation']} ${labels['outcome']}`, value]),
  );

test('begins every count without labels at 0, so that the first of anything shows as a rise', async () => {
  for (const name of ['reconnects_total', 'calls_adopted_total', 'messages_stored_total']) {
    expect(await valuesOf(`vm_record_${name}`)).toEqual({ '': 0 });
  }
});

test('reads calls, messages and the connection when asked', async () => {
  calls = new Map([
    ['recording', 2],
    ['reviewing', 1],
  ]);
  messages = 17;
  connected = true;
  expect(await valuesOf('vm_record_calls')).toEqual({ recording: 2, reviewing: 1 });
  expect(await valuesOf('vm_record_messages')).toEqual({ '': 17 });
  expect(await valuesOf('vm_record_connected')).toEqual({ '': 1 });
  calls = new Map();
  messages = 3;
  connected = false;
  expect(await valuesOf('vm_record_calls')).toEqual({ recording: 0, reviewing: 0 });
  expect(await valuesOf('vm_record_messages')).toEqual({ '': 3 });
  expect(await valuesOf('vm_record_connected')).toEqual({ '': 0 });
});

test('counts what happens', async () => {
  metrics.callEnded('SUCCESS', 'hangup');
  metrics.callEnded('SUCCESS', 'hangup');
  metrics.callEnded('FAILED', 'storage');
  metrics.callAdopted();
  metrics.messageStored();
  metrics.messageStored();
  metrics.reconnected();
  expect(await valuesOf('vm_record_calls_ended_total')).toEqual({
    'SUCCESS hangup': 2,
    'FAILED storage': 1,
  });
  expect(await valuesOf('vm_record_calls_adopted_total')).toEqual({ '': 1 });
  expect(await valuesOf('vm_record_messages_stored_total')).toEqual({ '': 2 });
  expect(await valuesOf('vm_record_reconnects_total')).toEqual({ '': 1 });
});

test('puts operations into buckets by their seconds', async () => {
  for (const seconds of [0.0005, 0.003, 0.003, 4.9, 60]) metrics.ariOperation('play', 'ok', seconds);
  const samples = await samplesOf(OPERATIONS);
  const bucket = (le: string) => samples.find(({ labels }) => labels['le'] === le)?.value;
  expect([bucket('0.001'), bucket('0.0025'), bucket('0.005'), bucket('1'), bucket('5')]).toEqual([
    1, 1, 3, 3, 4,
  ]);
  expect(bucket('+Inf')).toBe(5);
});

test('stays readable, whatever a label holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (state) => {
      metrics = newMetrics();
      calls = new Map([[state, 1]]);
      expect((await samplesOf('vm_record_calls')).map(({ labels }) => labels['state'])).toEqual([state]);
    }),
    { examples: [['"'], ['\\'], ['\n'], ['\\n'], ['",x="'], ['}'], ['__proto__']] },
  );
});

test('two daemons in one process do not count together', async () => {
  newMetrics().reconnected();
  expect(await valuesOf('vm_record_reconnects_total')).toEqual({ '': 0 });
});

test('the README explains exactly the metrics that there are', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const explained = [...readme.matchAll(/^\| `(vm_record_\w+)` +\|/gm)].map(([, name]) => name);
  expect(explained).toEqual([...parseMetrics(await metrics.text()).keys()]);
});

describe('a measured port', () => {
  const portWith = (operations: Partial<AriPort>) => measurePort(operations as AriPort, metrics);

  test('answers what the port answers, to what it was asked', async () => {
    class Port {
      readonly #asked: unknown[] = [];
      listStoredRecordings() {
        return Promise.resolve(this.#asked.map((asked) => ({ name: String(asked), format: 'wav' })));
      }
      play(...args: unknown[]) {
        this.#asked.push(...args);
        return Promise.resolve();
      }
    }
    const port = portWith(new Port());
    await port.play('1.1', 'p1', 'sound:beep');
    const names = (await port.listStoredRecordings()).map(({ name }) => name);
    expect(names).toEqual(['1.1', 'p1', 'sound:beep']);
    expect(await operations()).toEqual({ 'play ok': 1, 'listStoredRecordings ok': 1 });
  });

  test.for([
    [404, 'refused'],
    [409, 'refused'],
    [499, 'refused'],
    [302, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
    [undefined, 'failed'],
  ] as const)('hands on an AriError of status %s, and counts it as %s', async ([status, outcome]) => {
    const error = new AriError('no', status);
    const port = portWith({ answer: () => Promise.reject(error) });
    await expect(port.answer('1.1')).rejects.toBe(error);
    expect(await operations()).toEqual({ [`answer ${outcome}`]: 1 });
  });

  test('does not count an operation before it has settled, and then the time it took', async () => {
    let resolve = () => {};
    const answer = new Promise<void>((done) => (resolve = done));
    const port = portWith({ hangup: () => answer });
    const start = performance.now();
    const hangup = port.hangup('1.1');
    expect(await operations()).toEqual({});
    resolve();
    await hangup;
    const [sum] = (await samplesOf(OPERATIONS)).filter(({ name }) => name.endsWith('_sum'));
    expect(sum?.value).toBeGreaterThan(0);
    expect(sum?.value).toBeLessThanOrEqual((performance.now() - start) / 1000);
  });
});
