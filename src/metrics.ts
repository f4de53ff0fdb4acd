/**
 * What Prometheus is told. Labels take few values, and none is a mailbox or a caller: each value would be a
 * time series of its own, for ever, and nobody's business.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. Asterisk on the same machine answers in milliseconds; the daemon gives up after 5 s. */
const OPERATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Read when Prometheus asks, so that it can't be out of date. */
export interface MetricsSources {
  /** The number of calls in progress by the name of their state. */
  calls(): ReadonlyMap<string, number>;
  /** The number of messages in all mailboxes. */
  messages(): number;
  /** Whether calls are taken. */
  connected(): boolean;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #ended: Counter<'status' | 'reason'>;
  readonly #stored: Counter;
  /** Those of each operation and outcome, which are not looked up by their labels each time. */
  readonly #byOutcome = new Map<string, Histogram.Internal<'operation' | 'outcome'>>();
  readonly #operations: Histogram<'operation' | 'outcome'>;
  readonly #reconnects: Counter;
  readonly #adopted: Counter;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    new Gauge({
      name: 'vm_record_connected',
      help: 'Whether calls are taken: 1 or 0.',
      registers,
      collect() {
        this.set(sources.connected() ? 1 : 0);
      },
    });
    this.#reconnects = new Counter({
      name: 'vm_record_reconnects_total',
      help: 'Times that a lost connection to Asterisk was made again.',
      registers,
    });
    // A state that had calls stays, with 0, or a graph would show its last number on.
    const seen = new Set<string>();
    new Gauge({
      name: 'vm_record_calls',
      help: 'Calls in progress, by state.',
      labelNames: ['state'],
      registers,
      collect() {
        const calls = sources.calls();
        for (const state of calls.keys()) seen.add(state);
        for (const state of seen) this.set({ state }, calls.get(state) ?? 0);
      },
    });
    this.#adopted = new Counter({
      name: 'vm_record_calls_adopted_total',
      help: 'Calls in progress that were taken over from before a restart or a lost connection.',
      registers,
    });
    this.#ended = new Counter({
      name: 'vm_record_calls_ended_total',
      help: 'Calls that have ended, by VMSTATUS and VMREASON.',
      labelNames: ['status', 'reason'],
      registers,
    });
    new Gauge({
      name: 'vm_record_messages',
      help: 'Messages that lie in all mailboxes.',
      registers,
      collect() {
        this.set(sources.messages());
      },
    });
    this.#stored = new Counter({
      name: 'vm_record_messages_stored_total',
      help: 'Messages that callers have left, copies included.',
      registers,
    });
    this.#operations = new Histogram({
      name: 'vm_record_ari_operation_duration_seconds',
      help: 'Time that Asterisk took for an ARI operation; outcome is ok, refused (4xx) or failed.',
      labelNames: ['operation', 'outcome'],
      buckets: OPERATION_BUCKETS,
      registers,
    });
  }

  /** The HTTP content type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, as of now, in Prometheus' text format. Rejects if a source throws. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A call is over. `status` and `reason` are what the dialplan finds in VMSTATUS and VMREASON. */
  callEnded(status: string, reason: string): void {
    this.#ended.inc({ status, reason });
  }

  /** A call in progress was taken over. */
  callAdopted(): void {
    this.#adopted.inc();
  }

  /** A recording has become a message. */
  messageStored(): void {
    this.#stored.inc();
  }

  /** The connection is there again. */
  reconnected(): void {
    this.#reconnects.inc();
  }

  /** An ARI operation has settled. */
  ariOperation(operation: string, outcome: string, seconds: number): void {
    const key = `${operation} ${outcome}`;
    const operations = this.#byOutcome.get(key) ?? this.#operations.labels(operation, outcome);
    this.#byOutcome.set(key, operations);
    operations.observe(seconds);
  }
}
