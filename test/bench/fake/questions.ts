/** Questions to a process that the bench has started, and its answers, over Node's channel between the two. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What can be asked: functions of plain data, each answering with plain data. */
export type Answers<A> = { readonly [name in keyof A]: (...args: never[]) => unknown };

const ENDED = 'the process has ended';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly never[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** In the process that is asked. It ends with the one that asks, however that ends. */
export function answerQuestions<A extends Answers<A>>(answers: A): void {
  const known = answers as Record<string, (...args: never[]) => unknown>;
  const answer = async ({ id, name, args }: Question) => {
    try {
      process.send?.({ id, value: await known[name]?.(...args) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  };
  process.on('message', (question: Question) => void answer(question));
  process.on('disconnect', () => process.exit(0));
}

/** In the process that asks. */
export class Asked<A extends Answers<A>> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  /** @param child was started with such a channel */
  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer: Answer) => this.#take(answer));
    void once(child, 'exit').then(() => {
      for (const id of this.#waiting.keys()) this.#take({ id, error: ENDED });
    });
  }

  /** @throws Error if the process has thrown one, or ends before it has answered */
  async ask<N extends keyof A & string>(
    name: N,
    ...args: Parameters<A[N]>
  ): Promise<Awaited<ReturnType<A[N]>>> {
    const id = this.#asked++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, name, args }, (error) => error && this.#take({ id, error: ENDED }));
    const { value, error } = await answered;
    if (error !== undefined) throw new Error(`${name}: ${error}`);
    return value as Awaited<ReturnType<A[N]>>;
  }

  #take(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
