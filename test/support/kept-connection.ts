/** The daemon's connection to a server that misbehaves, and all that it says: to its listener, and to the log. */
import { AriConnection } from '../../src/ari/ari-connection.ts';
import type { AriEvent, AriPort } from '../../src/ari/ari-port.ts';
import { createLog } from '../../src/log.ts';
import type { LogLine } from '../../asterisk/sandbox/daemon-log.ts';

/** Real time, however fake the timers are: what is awaited is some packets on the loopback interface away. */
const UNTIL_LIMIT_MS = 8_000;

export class KeptConnection {
  readonly connection: AriConnection;
  readonly port: AriPort;
  /** `connected`, `disconnected`, `replaced` and `refused: <why>`, as they came. */
  readonly told: string[] = [];
  readonly events: AriEvent[] = [];
  readonly lines: LogLine[] = [];
  /** Is called with each event, after it has been noted. */
  onEvent: (event: AriEvent) => void = () => {};
  /** Resolves when it is over for good. */
  readonly over: Promise<void>;

  constructor({ url }: { readonly url: string }) {
    const log = createLog('trace', { write: (json) => void this.lines.push(JSON.parse(json) as LogLine) });
    const settings = { ariUrl: url, ariUsername: 'asterisk', ariPassword: 'S3CRET' };
    this.connection = new AriConnection(settings, 'vm-record', log);
    this.port = this.connection.port;
    this.over = this.connection.keep({
      onEvent: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
      onConnecting: () => {},
      onConnected: () => void this.told.push('connected'),
      onDisconnected: () => void this.told.push('disconnected'),
      onReplaced: () => void this.told.push('replaced'),
      onRefused: ({ name, message }) => void this.told.push(`refused: ${name}: ${message}`),
    });
  }

  /** The reasons of all warnings that it cannot connect. */
  get complaints(): unknown[] {
    return this.lines.filter(({ msg }) => msg.startsWith('Cannot connect')).map(({ reason }) => reason);
  }

  /** Resolves when it has been told so, for the `times`-th time. */
  heard(what: string, times = 1): Promise<void> {
    return until(`${what}, ${times} times`, () => this.told.filter((each) => each === what).length >= times);
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.over;
  }
}

/** Resolves when `condition` holds; rejects, saying what never came, after 8 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + UNTIL_LIMIT_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
