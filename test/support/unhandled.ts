/** Rejections that nobody handles: they would end the daemon, and here they are collected. */
import { afterEach, beforeEach } from 'vitest';

/** For every test of the file; the answer holds those of the test that runs. */
export function collectUnhandled(): readonly unknown[] {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', onUnhandled);
  });
  afterEach(() => {
    process.off('unhandledRejection', onUnhandled);
  });
  return unhandled;
}
