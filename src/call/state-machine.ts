/** The tutorial's StateMachine: states, and the transitions between them by Event. It knows no ARI. */
import type { Event, Outcome } from './event.ts';

/** What the machine asks of a state. */
export interface State {
  readonly name: string;
  /** Begins the state. What it returns is an event that happened at once. */
  enter(): Outcome;
  /** Ends what the state owns (a playback, a timer). Must not throw. */
  exit?(): void | Promise<void>;
}

export interface Transition<S> {
  readonly from: S;
  readonly event: Event;
  readonly to: S;
}

/** Told of each transition, and of each event that the current state has no transition for. */
export interface Observer<S> {
  /** Called before the first state is entered, too: then there is no transition. */
  entering(state: S, by?: Transition<S>): void;
  ignored(state: S, event: Event): void;
}

export class StateMachine<S extends State> {
  readonly #transitions = new Map<S, Map<Event, S>>();
  readonly #observer: Observer<S>;
  #current: S | undefined;

  constructor(observer: Observer<S>) {
    this.#observer = observer;
  }

  /** The state the machine is in; undefined before `start`. */
  get current(): S | undefined {
    return this.#current;
  }

  /** Every transition, in the order they were added. */
  get transitions(): readonly Transition<S>[] {
    return [...this.#transitions].flatMap(([from, row]) =>
      [...row].map(([event, to]) => ({ from, event, to })),
    );
  }

  /** In state `from`, `event` leads to state `to` (which may be `from` again). */
  addTransition(from: S, event: Event, to: S): void {
    const row = this.#transitions.get(from) ?? new Map<Event, S>();
    if (row.has(event)) throw new Error(`${from.name} already has a transition for ${event}`);
    this.#transitions.set(from, row.set(event, to));
  }

  /** Enters the first state. */
  async start(state: S): Promise<Event | void> {
    if (this.#current) throw new Error(`already started, in state ${this.#current.name}`);
    this.#current = state;
    this.#observer.entering(state);
    return state.enter();
  }

  /**
   * Moves by `event`: leaves the current state and enters the next. An event without a transition changes
   * nothing. Rejects when the next state's `enter` does; the machine is then in that state.
   */
  async changeState(event: Event): Promise<Event | void> {
    const from = this.#current;
    if (!from) throw new Error(`not started: ${event}`);
    const to = this.#transitions.get(from)?.get(event);
    if (!to) {
      this.#observer.ignored(from, event);
      return;
    }
    await from.exit?.();
    this.#current = to;
    this.#observer.entering(to, { from, event, to });
    return to.enter();
  }
}
