/** SerialQueue: order, one at a time, and dropping what has not begun. */
import { expect, test } from 'vitest';
import { SerialQueue } from '../../src/call/serial-queue.ts';

/** A job that begins and ends when told. */
function job(said: string[], name: string) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async () => {
    said.push(`begin ${name}`);
    await ended;
    said.push(`end ${name}`);
  };
  return { run, end };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('runs jobs in order, each to its end before the next begins', async () => {
  const said: string[] = [];
  const queue = new SerialQueue();
  const [a, b] = [job(said, 'a'), job(said, 'b')];
  queue.push(a.run);
  queue.push(b.run);
  b.end();
  await settled();
  expect(said).toEqual(['begin a']);
  a.end();
  await settled();
  expect(said).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

test('takes up work again after it has run dry', async () => {
  const said: string[] = [];
  const queue = new SerialQueue();
  for (const name of ['a', 'b']) {
    const { run, end } = job(said, name);
    end();
    queue.push(run);
    await settled();
  }
  expect(said).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

test('drops the jobs that have not begun, and lets the running one finish', async () => {
  const said: string[] = [];
  const queue = new SerialQueue();
  const [running, dropped, next] = [job(said, 'running'), job(said, 'dropped'), job(said, 'next')];
  queue.push(running.run);
  queue.push(dropped.run);
  queue.clear();
  queue.push(next.run);
  running.end();
  next.end();
  await settled();
  expect(said).toEqual(['begin running', 'end running', 'begin next', 'end next']);
});
