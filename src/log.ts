/** The log: JSON lines on stdout by pino, one object a line, and nothing else there. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Makes the process's logger. Tests pass a `destination` of their own. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}
