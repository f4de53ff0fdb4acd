/**
 * Loaded into the daemon's process before the daemon (`node --import`): says what the process has cost, as the
 * process itself counts it, finer than Linux' ticks.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answerQuestions } from './questions.ts';

/** What an object's end frees is sometimes only seen at the next collection. */
const COLLECTIONS = 3;

export interface Memory {
  /** Bytes of objects in use, those outside of the heap included. */
  readonly used: number;
  /** Bytes that the process takes of the machine's memory. */
  readonly resident: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const answers = {
  /** CPU time so far, user and system, in microseconds. */
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** After a collection of what is not in use any more. */
  async memory(): Promise<Memory> {
    for (let i = 0; i < COLLECTIONS; i++) {
      collect();
      await nextTurn();
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { used: heapUsed + external, resident: rss };
  },
  /** Writes what is in the heap, for Chrome's developer tools. */
  snapshot(path: string): string {
    return writeHeapSnapshot(path);
  },
};

export type Probe = typeof answers;

answerQuestions(answers);
