/** What goes wrong between the daemon and Asterisk: every kind of fault, and which comes when, by seed. */
import { Dice } from './dice.ts';

/**
 * What may become of the answer to a request: it comes late; after the next ones; never; the socket is reset in its
 * place; only half of it comes; or the proxy answers 500 or 503 instead.
 */
export const REST_KINDS = ['delay', 'reorder', 'drop', 'reset', 'truncate', '500', '503'] as const;

export interface RestFault {
  readonly kind: (typeof REST_KINDS)[number];
  /** Whether Asterisk gets the request all the same. */
  readonly carriedOut: boolean;
  /** Of a delay. */
  readonly ms: number;
}

/**
 * What may become of the connection, or of the daemon: the events' WebSocket is `cut`; nothing at all connects for a
 * while (`outage`); the WebSocket goes dead without a word (`half-open`), or comes late (`stall`); the daemon is killed
 * and started again, or a `successor` is started beside it before it is stopped.
 */
export const LINE_KINDS = ['cut', 'outage', 'half-open', 'stall'] as const;
export const PROCESS_KINDS = ['kill', 'successor'] as const;

export interface LineFault {
  readonly kind: (typeof LINE_KINDS)[number] | (typeof PROCESS_KINDS)[number];
  /** How long after the one before was over. */
  readonly pauseMs: number;
  /** Of an outage, a stall, and of the time without a daemon. */
  readonly ms: number;
}

/** So many requests of a hundred meet a fault. */
const REST_PERCENT = 8;

const DELAY_MS = [50, 2500] as const;
const PAUSE_MS = [1000, 4000] as const;
const LASTS_MS = [200, 4000] as const;

/** What becomes of the `number`-th request. */
export function restFault(seed: number, number: number): RestFault | undefined {
  const dice = new Dice(seed).fork(number);
  if (!dice.chance(REST_PERCENT / 100)) return undefined;
  const kind = dice.pick(REST_KINDS);
  // What comes late or in another order, or is half there, has been carried out.
  const carriedOut = ['delay', 'reorder', 'truncate'].includes(kind) || dice.chance(0.5);
  return { kind, carriedOut, ms: dice.between(...DELAY_MS) };
}

/** What goes wrong one after the other, without end: all kinds, then all again in another order. */
export function* lineFaults(seed: number, kinds: readonly LineFault['kind'][]): Generator<LineFault> {
  const dice = new Dice(seed).fork(-1);
  while (kinds.length > 0) {
    for (const kind of dice.shuffle(kinds)) {
      yield { kind, pauseMs: dice.between(...PAUSE_MS), ms: dice.between(...LASTS_MS) };
    }
  }
}
