/** Who has the application: it is free when nobody has it, or says so, or says anything. */
import { beforeEach, expect, test } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { Ownership } from '../../src/ari/ownership.ts';

/** As often as may be asked in vain; and as often as the application may be away. */
const SILENT = 8;
const ABSENT = 3;

let globals: Map<string, string>;
let status: number | undefined;
let ari: AriPort;
let mine: Ownership;
let serving: Ownership;

beforeEach(async () => {
  globals = new Map();
  status = undefined;
  ari = {
    getApplicationChannels: () =>
      status === undefined ? Promise.resolve([]) : Promise.reject(new AriError('no', status)),
    getGlobalVar: (name: string) => Promise.resolve(globals.get(name) ?? ''),
    setGlobalVar: (name: string, value: string) => Promise.resolve(void globals.set(name, value)),
  } as Partial<AriPort> as AriPort;
  mine = new Ownership(ari, 'vm-record');
  serving = new Ownership(ari, 'vm-record');
  await serving.take();
});

async function isFreeAfter(looks: number): Promise<boolean> {
  for (let n = 0; n < looks; n++) expect(await mine.isFree()).toBe(false);
  return mine.isFree();
}

test('it is not free while the other answers that it serves it, however many ask, and in whatever turn', async () => {
  const asking = [mine, new Ownership(ari, 'vm-record'), new Ownership(ari, 'vm-record')];
  for (let n = 0; n < 10 * SILENT; n++) {
    for (const each of asking) expect(await each.isFree()).toBe(false);
    if (n % 2 === 0) await serving.answer();
  }
});

test('it is free when the other has stopped to answer, and not before', async () => {
  expect(await mine.isFree()).toBe(false);
  await serving.answer();
  expect(await isFreeAfter(SILENT)).toBe(true);
});

test('it is free when a stranger has it, who never answers', async () => {
  globals.clear();
  expect(await isFreeAfter(SILENT)).toBe(true);
});

test('it is free at once when the other says that it does not serve it any more', async () => {
  expect(await mine.isFree()).toBe(false);
  await serving.release();
  expect(await mine.isFree()).toBe(true);
});

test('that it was free before is forgotten once somebody serves it', async () => {
  await serving.release();
  await serving.take();
  expect(await mine.isFree()).toBe(false);
});

test('while nobody asks, nothing is set', async () => {
  const before = [...globals];
  for (let n = 0; n < 10; n++) await serving.answer();
  expect([...globals]).toEqual(before);
});

test('it is free when Asterisk knows of no such application, and goes on not to', async () => {
  status = 404;
  expect(await isFreeAfter(ABSENT - 1)).toBe(true);
});

test('it is not free while its daemon connects again', async () => {
  for (let n = 0; n < 5; n++) {
    status = 404;
    expect(await mine.isFree()).toBe(false);
    status = undefined;
    await serving.answer();
    expect(await mine.isFree()).toBe(false);
  }
});

test('it is not free while Asterisk does not say', async () => {
  status = 503;
  for (let n = 0; n < 2 * SILENT; n++) await expect(mine.isFree()).rejects.toThrow('no');
  status = undefined;
  expect(await mine.isFree()).toBe(false);
});

test('it is told in variables of the application’s own, whatever its name', async () => {
  globals.clear();
  for (const app of ['front.desk-2', 'front_desk_2']) await new Ownership(ari, app).take();
  expect([...globals.keys()]).toEqual(['VM_OWNER_front_2e_desk_2d_2', 'VM_OWNER_front_desk_2']);
});
