/**
 * A channel that Asterisk can't describe, because it holds what is not UTF-8: the answer is a success and empty, and
 * its variables are asked for instead, one by one.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import { type HostileAnswer, jsonAnswer } from '../support/hostile-server.ts';
import { KeptConnection } from '../support/kept-connection.ts';
import { MisbehavingServer } from '../support/misbehaving-server.ts';

const VARIABLES: Readonly<Record<string, unknown>> = {
  'CHANNEL(name)': 'PJSIP/desk-00000001',
  'CHANNEL(appname)': 'Stasis',
  'CHANNEL(appdata)': 'vm-record,305',
};
const EMPTY: HostileAnswer = { ...jsonAnswer(''), body: Buffer.alloc(0) };

let server: MisbehavingServer;
let kept: KeptConnection;
/** What Asterisk says of the channel itself, and of a variable. */
let channel: HostileAnswer;
let variables: Readonly<Record<string, unknown>>;

beforeEach(async () => {
  [channel, variables] = [EMPTY, VARIABLES];
  server = new MisbehavingServer();
  await server.listen();
  server.answer = (asked, query) => {
    if (/\/channels\/[^/]+$/.test(asked)) return channel;
    if (!asked.endsWith('/variable')) return undefined;
    return jsonAnswer({ value: variables[query.get('variable') ?? ''] });
  };
  kept = new KeptConnection(server);
  await kept.heard('connected');
});

afterEach(async () => {
  await kept.close();
  await server.close();
});

test('a channel that is described is one request', async () => {
  const dialplan = { app_name: 'Stasis', app_data: 'vm-record,305' };
  const described = { id: '1.1', name: 'PJSIP/desk', creationtime: '2026-01-01T00:00:00.000+0000', dialplan };
  channel = jsonAnswer({ ...described, state: 'Up' });
  const before = server.asked.length;
  expect(await kept.port.getChannel('1.1')).toEqual(described);
  expect(server.asked.length).toBe(before + 1);
});

test.for(['1700000000.1', 'pbx-1700000000.1'])('of %s the id tells when it began', async (id) => {
  expect(await kept.port.getChannel(id)).toEqual({
    id,
    name: 'PJSIP/desk-00000001',
    creationtime: '2023-11-14T22:13:20.000Z',
    dialplan: { app_name: 'Stasis', app_data: 'vm-record,305' },
  });
});

test('a channel whose id tells nothing has begun now', async () => {
  const before = Date.now();
  const { creationtime } = await kept.port.getChannel('desk');
  expect(Date.parse(creationtime)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(creationtime)).toBeLessThanOrEqual(Date.now());
});

test('a channel that is gone meanwhile is not found', async () => {
  server.answer = (asked) => (asked.endsWith('/variable') ? jsonAnswer({}, 404) : EMPTY);
  await expect(kept.port.getChannel('1.1')).rejects.toMatchObject({ isGone: true });
});

test.for([
  ['words', () => (channel = { ...jsonAnswer(''), body: Buffer.from('Not JSON') })],
  ['a number', () => (channel = jsonAnswer(5))],
  ['nothing but null', () => (channel = jsonAnswer(null))],
  ['no dialplan', () => (channel = jsonAnswer({ id: '1', name: 'x', creationtime: 'y' }))],
  ['a variable that is no text', () => (variables = { ...VARIABLES, 'CHANNEL(name)': 5 })],
] as const)('an answer of %s is an error', async ([, lie]) => {
  lie();
  const error: unknown = await kept.port.getChannel('1.1').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AriError);
  expect(error).toMatchObject({ isGone: false, status: undefined });
});
