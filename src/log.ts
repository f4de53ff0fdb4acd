/** The log: JSON lines on stdout by pino, one object a line, and nothing else there. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/**
 * Lines are written several at a time: each time wakes the process twice. At
 * the end of the process the last ones are, too; only one that is killed, aborts or hangs takes those of this time with it.
 */
const FLUSH_MS = 200;
const ENOUGH_BYTES = 8_192;

const stdout = () => pino.destination({ sync: false, minLength: ENOUGH_BYTES, periodicFlush: FLUSH_MS });

/** Makes the process's logger. Tests pass a `destination` of their own. */
export function createLog(level: string, destination: DestinationStream = stdout()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    },
    destination,
  );
}
