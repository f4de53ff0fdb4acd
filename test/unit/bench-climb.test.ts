/** The search for the highest rate held. */
import { expect, test } from 'vitest';
import { Climb } from '../bench/climb.ts';
import type { Round } from '../bench/measure.ts';
import type { Peer } from '../bench/peers.ts';
import { rise } from '../bench/rising.ts';
import { inTurn } from '../bench/run.ts';

const FROM = { first: 40, highest: 240 };

/** Tries whatever is asked for; `holds` says what is held. */
function climb(holds: (rate: number, tries: number) => boolean): { held: number; tried: number[] } {
  const search = new Climb(FROM);
  const tried: number[] = [];
  while (search.rate !== undefined) {
    tried.push(search.rate);
    search.tell(holds(search.rate, tried.filter((rate) => rate === search.rate).length));
  }
  return { held: search.held, tried };
}

test('what is held rises until it breaks twice, and halves find where, to a tenth', () => {
  const { held, tried } = climb((rate) => rate <= 100);
  expect(tried).toEqual([40, 60, 90, 135, 135, 113, 113, 102, 102, 96]);
  expect(held).toBe(96);
});

test('a rate that breaks once only is held', () => {
  expect(climb((rate, tries) => rate < 90 || (rate === 90 && tries === 2)).held).toBe(90);
});

test('below the first rate it is searched, too, down to none', () => {
  expect(climb((rate) => rate <= 10)).toMatchObject({ held: 10 });
  expect(climb(() => false)).toMatchObject({ held: 0 });
});

test('nothing above the highest rate is tried', () => {
  const { held, tried } = climb(() => true);
  expect(held).toBe(240);
  expect(tried.at(-1)).toBe(240);
  expect(new Set(tried).size).toBe(tried.length);
});

test('every second round goes the other way round', () => {
  expect([1, 2, 3].map((round) => inTurn(3, round))).toEqual([
    [0, 1, 2],
    [2, 1, 0],
    [0, 1, 2],
  ]);
});

const GOOD = { failed: 0, lost: 0, stuck: 0, unheard: 0, late: 0, asteriskCpu: 1, errors: '', review: [] };
const IDLE = { own: undefined, busy: { asterisk: 0, own: 0, others: 0, idle: 2 } };
const peer = (name: string) => ({ name }) as Peer;

/** Lets peers rise of which `bad` says what is wrong with a round. */
async function risen(names: readonly string[], bad: (name: string, rate: number) => Partial<Round> | Error) {
  const told: string[] = [];
  const results = await rise(
    {
      peers: names.map(peer),
      measure({ name }, load) {
        const beep = Array.from({ length: load.calls }, () => 5);
        const wrong = bad(name, load.rate);
        if (wrong instanceof Error) return Promise.reject(wrong);
        return Promise.resolve({ ...load, ...GOOD, ...IDLE, beep, ...wrong });
      },
    },
    1,
    { first: 40, highest: 90, seconds: 2 },
    { onProgress: (line) => told.push(line) },
  );
  return { results, told };
}

test.each<[string, Partial<Round> | Error, RegExp]>([
  ['calls fail', { failed: 3 }, /^3 of 120 calls failed at 60$/],
  ['messages are missing', { lost: 1 }, /^1 of 120 calls without a message at 60$/],
  ['channels are left', { stuck: 2 }, /^2 channels left at 60$/],
  ['the beep is late', { beep: Array.from({ length: 120 }, () => 301) }, /^p99 of the beep 301 ms at 60$/],
  [
    'many hear no beep',
    { beep: Array.from({ length: 110 }, () => 5) },
    /^p99 of the beep Infinity ms at 60$/,
  ],
  ['several things are wrong', { failed: 1, stuck: 1 }, /^1 of 120 calls failed, 1 channels left at 60$/],
  ['it can not be measured', new Error('its process is gone'), /^its process is gone at 60$/],
])('a rate is not held when %s', async (_, wrong, why) => {
  const { results } = await risen(['a'], (_, rate) => (rate >= 60 ? wrong : {}));
  const [held] = results[0]?.rounds ?? [];
  expect(held).toMatchObject({ rate: 55, at: { rate: 55 } });
  expect(held?.broken).toMatch(why);
});

test('what breaks once only is not what ended it', async () => {
  let hiccups = 0;
  const { results } = await risen(['a'], (_, rate) =>
    rate >= 60 || (rate === 55 && hiccups++ === 0) ? { failed: rate } : {},
  );
  expect(results[0]?.rounds).toMatchObject([{ rate: 55, broken: '60 of 120 calls failed at 60' }]);
});

test('all peers have their turn at a rate before any goes on to the next', async () => {
  const { results, told } = await risen(['a', 'b'], (name, rate) =>
    name === 'b' && rate > 60 ? { failed: 1 } : {},
  );
  expect(told.slice(0, 4).map((line) => line.replace(/^Rising 1: |: held$/g, ''))).toEqual([
    'a, 40 a second',
    'b, 40 a second',
    'a, 60 a second',
    'b, 60 a second',
  ]);
  expect(results).toMatchObject([
    { peer: 'a', rounds: [{ rate: 90, broken: undefined }] },
    { peer: 'b', rounds: [{ rate: 60 }] },
  ]);
});
