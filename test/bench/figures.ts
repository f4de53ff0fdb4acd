/** What is shown of each peer. */
import type { Round } from './measure.ts';
import { percentile } from './percentile.ts';
import type { Held } from './rising.ts';
import type { Figure } from './table.ts';

const count = { digits: 0, ratio: false };
const time = { digits: 1, ratio: true };
const cpu = { digits: 2, ratio: true };
const cores = { digits: 2, ratio: false };

export const OWN_CPU: Figure<Round> = {
  name: 'CPU of its process, ms/call',
  of: ({ own }) => own?.cpu,
  ...cpu,
};
export const CPU: Figure<Round> = {
  name: 'CPU with Asterisk, ms/call',
  of: ({ own, asteriskCpu }) => (own?.cpu ?? 0) + asteriskCpu,
  ...cpu,
};
export const BEEP: Figure<Round> = {
  name: 'answer to beep, p99, ms',
  of: ({ beep }) => percentile(beep, 99),
  ...time,
};
export const REVIEW: Figure<Round> = {
  name: '# to review, p99, ms',
  of: ({ review }) => percentile(review, 99),
  ...time,
};

/** At a fixed rate. */
export const FIXED_RATE_FIGURES: readonly Figure<Round>[] = [
  { name: 'failed calls', of: ({ failed }) => failed, ...count },
  { name: 'calls without a message', of: ({ lost }) => lost, ...count },
  { name: 'beeps and reviews not heard', of: ({ unheard }) => unheard, ...count },
  OWN_CPU,
  { name: 'CPU of Asterisk, ms/call', of: ({ asteriskCpu }) => asteriskCpu, ...cpu },
  CPU,
  { name: 'answer to beep, p50, ms', of: ({ beep }) => percentile(beep, 50), ...time },
  BEEP,
  { name: '# to review, p50, ms', of: ({ review }) => percentile(review, 50), ...time },
  REVIEW,
  { name: 'memory before, MiB', of: ({ own }) => own?.restMiB, ...time },
  { name: 'memory at the peak, MiB', of: ({ own }) => own?.peakMiB, ...time },
  { name: "the ears' own delay, ms", of: ({ late }) => late, ...count },
];

export const RATE: Figure<Held> = {
  name: 'highest rate held, calls/s',
  of: ({ rate }) => rate,
  ...time,
  digits: 0,
};

/** At the highest rate held. */
export const RISING_FIGURES: readonly Figure<Held>[] = [
  RATE,
  { name: 'there: answer to beep, p99, ms', of: ({ at }) => at && BEEP.of(at), ...time, ratio: false },
  { name: 'there: cores for Asterisk', of: ({ at }) => at?.busy.asterisk, ...cores },
  { name: 'there: cores for its process', of: ({ at }) => at?.busy.own, ...cores },
  { name: 'there: cores for SIPp and the rest', of: ({ at }) => at?.busy.others, ...cores },
  { name: 'there: cores idle', of: ({ at }) => at?.busy.idle, ...cores },
  { name: "there: the ears' own delay, ms", of: ({ at }) => at?.late, ...count },
];
