/** What is to be said to the caller next: the state that plays next begins with it. */
import { type Prompt, PROMPTS } from './sounds.ts';

export class Prompts {
  readonly #on: boolean;
  #waiting: string[] = [];

  /** @param on `VM_PROMPTS`: when off, nothing is ever said */
  constructor(on: boolean) {
    this.#on = on;
  }

  add(prompt: Prompt): void {
    if (this.#on) this.#waiting.push(...PROMPTS[prompt]);
  }

  /** All that waits, as ARI's media URIs; it waits no longer. */
  take(): string[] {
    return this.#waiting.splice(0);
  }
}
