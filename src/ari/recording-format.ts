/**
 * The format that recordings are really made in. Whether Asterisk can write the one of VM_FORMAT, it says only when it
 * is asked to record; at each connect the self-check asks first, and no caller has to.
 */
import type { Logger } from '../log.ts';
import { AriError } from './ari-error.ts';
import type { AriPort, RecordOptions } from './ari-port.ts';

/** Every Asterisk that plays its own prompts has it. */
const FALLBACK = 'wav';

/** Whether Asterisk has no module for the format. */
export function isUnknownFormat(error: unknown): boolean {
  return error instanceof AriError && error.status === 422;
}

export class RecordingFormat {
  readonly #log: Logger;
  #isUnknown = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** To be called at each connect: its modules may be others now. */
  connecting(): void {
    this.#isUnknown = false;
  }

  /** The same port, which records as `wav` where Asterisk can't write the format that it is asked for. */
  of(port: AriPort): AriPort {
    const own: Pick<AriPort, 'record' | 'recordBridge'> = {
      record: (id, options) => this.#record((known) => port.record(id, known), options),
      recordBridge: (id, options) => this.#record((known) => port.recordBridge(id, known), options),
    };
    // Everything else is asked of the port each time: what Asterisk can do is known only after the connect.
    return Object.assign(Object.create(port) as AriPort, own);
  }

  async #record(operation: (known: RecordOptions) => Promise<void>, options: RecordOptions): Promise<void> {
    const fallback = { ...options, format: FALLBACK };
    if (this.#isUnknown) return operation(fallback);
    try {
      return await operation(options);
    } catch (error) {
      if (!isUnknownFormat(error) || options.format === FALLBACK) throw error;
    }
    if (!this.#isUnknown) {
      this.#log.error(
        { format: options.format, mend: 'load its module, format_...so, or change VM_FORMAT' },
        'Asterisk cannot write the format of VM_FORMAT: recording as wav (in the CLI: core show file formats)',
      );
    }
    this.#isUnknown = true;
    return operation(fallback);
  }
}
