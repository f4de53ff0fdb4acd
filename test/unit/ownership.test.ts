/** Who has the application: it is free when nobody has it, or says so, or says anything. */
import { beforeEach, expect, test } from 'vitest';
import { AriError } from '../../src/ari/ari-error.ts';
import type { AriPort } from '../../src/ari/ari-port.ts';
import { Ownership } from '../../src/ari/ownership.ts';

/** As often as may be asked in vain. */
const SILENT = 8;

let globals: Map<string, string>;
let status: number | undefined;
let ari: AriPort;
let mine: Ownership;
let other: Ownership;

beforeEach(() => {
  globals = new Map();
  status = undefined;
  ari = {
    getApplicationChannels: () =>
      status === undefined ? Promise.resolve([]) : Promise.reject(new AriError('no', status)),
    getGlobalVar: (name: string) => Promise.resolve(globals.get(name) ?? ''),
    setGlobalVar: (name: string, value: string) => Promise.resolve(void globals.set(name, value)),
  } as Partial<AriPort> as AriPort;
  mine = new Ownership(ari, 'vm-record');
  other = new Ownership(ari, 'vm-record');
});

test('it is not free while the other answers that it serves it, however long', async () => {
  for (let n = 0; n < 5 * SILENT; n++) {
    if (n % 2 === 0) await other.answer();
    expect(await mine.isFree()).toBe(false);
  }
});

test('it is free when nobody has answered, and not before', async () => {
  for (let n = 0; n < SILENT; n++) expect(await mine.isFree()).toBe(false);
  expect(await mine.isFree()).toBe(true);
});

test('it is free when the other has stopped to answer, and not before', async () => {
  expect(await mine.isFree()).toBe(false);
  await other.answer();
  for (let n = 0; n < SILENT; n++) expect(await mine.isFree()).toBe(false);
  expect(await mine.isFree()).toBe(true);
});

test('that it was free before is forgotten once somebody serves it', async () => {
  await other.release();
  await other.answer();
  expect(await mine.isFree()).toBe(false);
});

test('while nobody asks nothing is set', async () => {
  for (let n = 0; n < 10; n++) await other.answer();
  expect([...globals]).toEqual([]);
});

test('it is free when the other says that it does not serve it any more', async () => {
  expect(await mine.isFree()).toBe(false);
  await other.release();
  expect(await mine.isFree()).toBe(true);
});

test('it is free when Asterisk knows of no such application', async () => {
  status = 404;
  expect(await mine.isFree()).toBe(true);
});

test('it is not free while Asterisk does not say', async () => {
  status = 503;
  for (let n = 0; n < 2 * SILENT; n++) await expect(mine.isFree()).rejects.toThrow('no');
  status = undefined;
  expect(await mine.isFree()).toBe(false);
});

test('it is said in a variable of the application’s own, whatever its name', async () => {
  for (const app of ['front.desk-2', 'front_desk_2']) await new Ownership(ari, app).isFree();
  expect([...globals.keys()]).toEqual(['VM_OWNER_front_2e_desk_2d_2', 'VM_OWNER_front_desk_2']);
});
