/** The callers, the same for every peer: half of them review and accept their message, half just hang up. */
import type { Sandbox } from '../../asterisk/sandbox/sandbox.ts';
import { sippCall, type SippMark, type SippStep } from '../../asterisk/sandbox/sipp.ts';
import { openEars } from './ears.ts';

export interface Load {
  /** In all. */
  readonly calls: number;
  /** New calls a second. */
  readonly rate: number;
}

export interface Callee {
  readonly extensions: readonly string[];
  /** What the caller presses after the message, to hear it; and then, to accept it. */
  readonly keys: { readonly review: string; readonly accept: string };
  /** Whether what is first heard after the first key is the message. */
  readonly reviewsAtOnce: boolean;
}

export interface Heard {
  /** Calls that did not go as scripted. */
  readonly failed: number;
  /** What SIPp says about them. */
  readonly errors: string;
  /** From the answer to the first sample of the beep, in ms, of each caller who heard it. */
  readonly beep: readonly number[];
  /** From the key to the first sample of the review, in ms, of each caller who heard it. */
  readonly review: readonly number[];
  /** Callers who did not hear a beep or review that was due. */
  readonly unheard: number;
  /** By how much the ears themselves came too late at worst, in ms: so much of a wait may be the bench's fault. */
  readonly late: number;
}

const MESSAGE: readonly SippStep[] = [{ wait: 1 }, { say: 440, seconds: 1.5 }];

/** In seconds. */
const BETWEEN_KEYS = 0.5;

/** Resolves when all calls are over. @throws what `signal` was aborted with */
export async function call(
  sandbox: Sandbox,
  { extensions, keys, reviewsAtOnce }: Callee,
  { calls, rate }: Load,
  signal: AbortSignal | undefined,
): Promise<Heard> {
  // As people do; of two keys at once a busy Asterisk may miss the second.
  const review = [...keys.review].flatMap((key): SippStep[] => [{ press: key }, { wait: BETWEEN_KEYS }]);
  const accept: SippStep[] = [
    ...MESSAGE,
    ...review.slice(0, -1),
    ...[{ wait: 1 }, { press: keys.accept }, { expectBye: true } as const],
  ];
  const hangup: SippStep[] = [...MESSAGE, { hangup: true }];
  await using ears = await openEars(calls);
  const half = calls / 2;
  const answered = new Map<number, number>();
  const pressed = new Map<number, number>();
  const onMark = ({ what, ear, at }: SippMark) => {
    const times = what === 'answer' ? answered : pressed;
    // Of several keys the first.
    if (!times.has(ear)) times.set(ear, at);
  };
  const results = await Promise.all(
    [accept, hangup].map((steps, i) => {
      const ports = ears.ports.slice(i * half, (i + 1) * half);
      const told = { ears: ports, onMark, signal };
      return sippCall(sandbox, { extension: extensions, steps, calls: half, rate: rate / 2, ...told });
    }),
  );

  const { heard, late } = await ears.tell();
  const ofEach = ears.ports.map((port, i) => ({ port, ...heard[i] }));
  const beep = ofEach.flatMap(({ port, firstSound }) => since(answered.get(port), firstSound));
  const reviewed = (reviewsAtOnce ? ofEach : []).flatMap(({ port, begins }) => {
    const at = pressed.get(port) ?? Infinity;
    return since(
      at,
      begins?.find((time) => time > at),
    );
  });
  return {
    failed: calls - results.reduce((sum, { successful }) => sum + successful, 0),
    errors: results.flatMap(({ errors }) => errors || []).join('\n'),
    beep,
    review: reviewed,
    unheard: calls - beep.length + (reviewsAtOnce ? half - reviewed.length : 0),
    late,
  };
}

function since(from: number | undefined, to: number | undefined): number[] {
  return from === undefined || to === undefined ? [] : [to - from];
}
