/** What systemd hears of the process: the real systemd-notify, on a socket like that of systemd's process 1. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Program } from '../../asterisk/sandbox/run.ts';
import { temporaryFolder } from '../../asterisk/sandbox/temporary-folder.ts';
import { createLog } from '../../src/log.ts';
import { ServiceManager } from '../../src/service-manager.ts';
import { NotifySocket, systemdProgram, writeSystemdNotify } from '../support/systemd.ts';

/** A watchdog of 0.2 s, to be fed every 0.1 s. */
const WATCHDOG = { WATCHDOG_USEC: '200000' };

let systemdNotify: Program;
let dir: string;
let socket: NotifySocket;
let warnings: string[];

beforeAll(async () => {
  systemdNotify = await systemdProgram('systemd-notify');
});

beforeEach(async () => {
  dir = await temporaryFolder('service-', 'notify');
  warnings = [];
  socket = await NotifySocket.open(join(dir, 'notify'));
  await writeSystemdNotify(dir, systemdNotify);
});

afterEach(async () => {
  vi.useRealTimers();
  const left = children();
  await socket.close();
  await rm(dir, { recursive: true });
  expect(left).toBe(0);
});

function manager(env: Record<string, string> = {}): ServiceManager {
  const log = createLog('info', { write: (line) => void warnings.push(line) });
  const systemd = { NOTIFY_SOCKET: join(dir, 'notify'), PATH: `${dir}:${process.env['PATH'] ?? ''}` };
  return new ServiceManager({ env: { ...systemd, ...env }, pid: process.pid }, log);
}

/** How many children this process has besides the receiver, by the system's own list. */
function children(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== socket.pid);
  return pids.filter((pid) => parentOf(pid) === process.pid).length;
}

/** The field after the name in parentheses and the state; none of a process that is gone meanwhile. */
function parentOf(pid: string): number | undefined {
  try {
    return Number(/\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

const feeds = (messages: readonly string[]) =>
  messages.filter((message) => message.includes('WATCHDOG=1')).length;

test('systemd is told of readiness, of what the process does, and of its stop', async () => {
  const service = manager();
  service.status('Waiting for Asterisk');
  await socket.until((messages) => messages.length === 1);
  service.ready(() => true);
  service.status('Waiting for calls');
  await service.stopping();
  expect(socket.messages.join(' | ').split(' | ')).toEqual([
    'STATUS=Waiting for Asterisk',
    'READY=1',
    'STATUS=Waiting for calls',
    'STOPPING=1',
  ]);
  expect(warnings).toEqual([]);
});

test('after the stop nothing is told any more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const service = manager(WATCHDOG);
  await service.stopping();
  service.ready(() => true);
  service.status('Waiting for calls');
  expect({ timers: vi.getTimerCount(), children: children() }).toEqual({ timers: 0, children: 0 });
  await service.stopping();
  expect(socket.messages).toEqual(['STOPPING=1']);
});

test('of many messages at once the latest is told, and by one child at a time', async () => {
  await writeSystemdNotify(dir, systemdNotify, `echo run >> ${dir}/runs`);
  const service = manager();
  for (let n = 1; n <= 50; n++) service.status(`${n} calls`);
  expect(children()).toBe(1);
  await service.stopping();
  expect(socket.messages).toEqual(['STATUS=1 calls', 'STATUS=50 calls | STOPPING=1']);
  expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\nrun\n');
});

describe('the watchdog', () => {
  test('is fed while the process is healthy', async () => {
    const service = manager(WATCHDOG);
    service.ready(() => true);
    await socket.until((messages) => feeds(messages) === 5);
    await service.stopping();
  });

  test('is due at half its time', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const service = manager(WATCHDOG);
    service.ready(() => true);
    const start = Date.now();
    vi.advanceTimersToNextTimer();
    expect(Date.now() - start).toBe(100);
    await service.stopping();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not fed while the process is not healthy', async () => {
    const service = manager(WATCHDOG);
    let asked = 0;
    await new Promise<void>((resolve) => {
      service.ready(() => {
        asked++;
        if (asked === 7) resolve();
        return asked <= 2 || asked === 6;
      });
    });
    await service.stopping();
    expect(feeds(socket.messages)).toBe(3);
  });

  test('is not fed by a process that hangs', async () => {
    const service = manager(WATCHDOG);
    let hung = false;
    service.ready(() => !hung);
    await socket.until((messages) => feeds(messages) === 1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    hung = true;
    await service.stopping();
    await socket.until((messages) => messages.at(-1) === 'STOPPING=1');
    // One may have been on its way when the hang began.
    expect(feeds(socket.messages)).toBeLessThanOrEqual(2);
  });

  test('is asked for its health when the feed is sent, not when it is due', async () => {
    let healthy = true;
    // It hangs on the first message, until this test says that it may go on.
    await writeSystemdNotify(
      dir,
      systemdNotify,
      `while [ -d ${dir} -a ! -e ${dir}/go ]; do sleep 0.02; done`,
    );
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const service = manager(WATCHDOG);
    service.ready(() => healthy);
    vi.advanceTimersByTime(150);
    healthy = false;
    await writeFile(join(dir, 'go'), '');
    await service.stopping();
    expect(socket.messages).toEqual(['READY=1', 'STOPPING=1']);
  });

  test.each([
    ['of another process', { ...WATCHDOG, WATCHDOG_PID: '1' }],
    ['that the unit does not have', {}],
    ['of no time', { WATCHDOG_USEC: '0' }],
  ])('%s is not fed', async (_, env) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const service = manager(env);
    service.ready(() => true);
    expect(vi.getTimerCount()).toBe(0);
    await service.stopping();
  });

  test('of this very process is fed', async () => {
    const service = manager({ ...WATCHDOG, WATCHDOG_PID: `${process.pid}` });
    service.ready(() => true);
    await socket.until((messages) => feeds(messages) === 1);
    await service.stopping();
  });
});

test('without a socket of systemd there is no child, and no timer', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const service = manager({ ...WATCHDOG, NOTIFY_SOCKET: '' });
  service.status('Waiting for Asterisk');
  service.ready(() => true);
  const stopped = service.stopping();
  expect({ timers: vi.getTimerCount(), children: children() }).toEqual({ timers: 0, children: 0 });
  await stopped;
  expect({ messages: socket.messages, warnings }).toEqual({ messages: [], warnings: [] });
});

test('systemd-notify hears of nothing but the socket', async () => {
  await writeSystemdNotify(dir, systemdNotify, `/usr/bin/env > ${dir}/env`);
  const service = manager({ ARI_PASSWORD: 's3cret' });
  await service.stopping();
  const names = (await readFile(join(dir, 'env'), 'utf8')).match(/^\w+(?==)/gm);
  expect(names?.filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name))).toEqual([
    'NOTIFY_SOCKET',
    'PATH',
  ]);
});

test('a systemd-notify that is missing is one warning, whatever is told', async () => {
  const service = manager({ ...WATCHDOG, PATH: join(dir, 'nowhere') });
  await new Promise<void>((resolve) => {
    let asked = 0;
    service.ready(() => {
      if (++asked === 3) resolve();
      return true;
    });
  });
  service.status('Waiting for calls');
  await service.stopping();
  expect(warnings).toEqual([expect.stringContaining('Could not tell systemd')]);
  expect(warnings[0]).toContain('ENOENT');
});

test('what could not be told is told with the next message, and a new failure is a new warning', async () => {
  const service = manager();
  await writeSystemdNotify(dir, systemdNotify, `[ -e ${dir}/works ] || exit 1`);
  service.ready(() => true);
  await vi.waitUntil(() => warnings.length === 1 && children() === 0);
  await writeFile(join(dir, 'works'), '');
  service.status('Waiting for calls');
  await socket.until((messages) => messages.length === 1);
  expect(socket.messages[0]).toMatch(/^(READY=1 \| STATUS=|STATUS=.* \| READY=1)/);
  await vi.waitUntil(() => children() === 0);
  await rm(join(dir, 'works'));
  await service.stopping();
  expect(warnings).toHaveLength(2);
});

test('what could not be told is dropped when there is something newer', async () => {
  await writeSystemdNotify(dir, systemdNotify, `[ -e ${dir}/works ] || { touch ${dir}/works; exit 1; }`);
  const service = manager();
  service.status('Waiting for Asterisk');
  service.status('Waiting for calls');
  await socket.until((messages) => messages.length === 1);
  await service.stopping();
  expect(socket.messages).toEqual(['STATUS=Waiting for calls', 'STOPPING=1']);
});

test('a systemd that hangs does not hold up the stop, and no child is left', async () => {
  socket.hang();
  const service = manager(WATCHDOG);
  service.ready(() => true);
  const start = performance.now();
  await service.stopping();
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(children()).toBe(0);
});
