/**
 * Asterisk's REST side: reaching it, and the AriPort with all operations. It checks that Asterisk is there and
 * knows us before ari-client may load, because ari-client itself would end the process.
 */
import ari from 'ari-client';
import { findAbilities, NO_ABILITIES } from './abilities.ts';
import { AriError } from './ari-error.ts';
import { EVENT_TYPES } from './ari-event.ts';
import { AriHttp } from './ari-http.ts';
import type { AriPort } from './ari-port.ts';
import { type AriSettings, AriSettingsError } from './ari-settings.ts';
import { callOperationsOf, originate } from './call-operations.ts';
import { clientOperationsOf } from './client-operations.ts';
import { DialplanCalls } from './dialplan-calls.ts';
import { cureSwaggerClient } from './swagger-cure.ts';
import { reasonOf, unreachable } from './unreachable.ts';

/** ari-client reads a dozen files; of one that is not what it expects it may never hear the end. */
const LOAD_LIMIT_MS = 30_000;

export class AriRest {
  /** Its operations reject until Asterisk has been reached. */
  readonly port: AriPort;
  readonly dialplanCalls: DialplanCalls;
  readonly #settings: AriSettings;
  readonly #app: string;
  readonly #http: AriHttp;
  #abilities = NO_ABILITIES;
  #client: ari.Client | undefined;
  #endLoad: (error: Error) => void = () => {};

  /** One in a process: ari-client keeps one password for all of them. */
  constructor(settings: AriSettings, app: string) {
    this.#settings = settings;
    this.#app = app;
    this.#http = new AriHttp(settings);
    this.dialplanCalls = new DialplanCalls((call) => {
      this.#reached();
      return originate(this.#http, app, call);
    });
    const { dialplanCalls } = this;
    const abilities = () => this.#abilities;
    this.port = {
      ...callOperationsOf(this.#http, abilities),
      ...clientOperationsOf(() => this.#reached()),
      callDialplan: (extension, context, variables) => dialplanCalls.call(extension, context, variables),
      get hearsTalk() {
        return abilities().hearsTalk;
      },
    };
  }

  #reached(): ari.Client {
    if (!this.#client) throw new AriError('Asterisk has not been reached yet');
    return this.#client;
  }

  get headers(): Readonly<Record<'authorization', string>> {
    return { authorization: this.#http.authorization };
  }

  /**
   * Looks whether Asterisk is there and knows us; the first time, loads what ari-client needs.
   * @throws AriSettingsError if the password is wrong, AriError if nothing usable answers
   */
  async reach(): Promise<void> {
    const { ariUrl } = this.#settings;
    const status = await this.#statusOf('GET', '/ari/asterisk/info').catch((error: unknown) => {
      throw unreachable(ariUrl, error);
    });
    this.checkLogin(status);
    if (status !== 200) {
      throw new AriError(
        `Asterisk at ${ariUrl} answers ${status} to /ari/asterisk/info: is it fully booted, with res_ari loaded?`,
        status,
      );
    }
    this.#client ??= await this.#load();
    this.#abilities = await findAbilities(this.port);
  }

  /**
   * Asterisk then sends nothing that nobody reads. It keeps this as long as it knows the application.
   * @returns whether it does so; that it does not would only cost time
   * @throws AriSettingsError if we may only read, AriError if Asterisk does not answer properly
   */
  async setEventFilter(): Promise<boolean> {
    const allowed = EVENT_TYPES.map((type) => ({ type }));
    const status = await this.#statusOf('PUT', `/ari/applications/${this.#app}/eventFilter`, { allowed });
    if (status === 403) {
      throw new AriSettingsError(
        `Asterisk at ${this.#settings.ariUrl} lets ARI_USERNAME only read: its user in ari.conf must not have read_only=yes`,
      );
    }
    if (status >= 500) throw new AriError(`Asterisk answers ${status} to the event filter`, status);
    return status === 200;
  }

  /** @throws AriSettingsError if this status says that the password is wrong */
  checkLogin(status: number): void {
    if (status !== 401) return;
    throw new AriSettingsError(
      `Asterisk at ${this.#settings.ariUrl} refuses ARI_USERNAME and ARI_PASSWORD: they must equal a user in its ari.conf` +
        ' (a password with # needs quotes in .env, and one with ; a backslash before it in ari.conf)',
    );
  }

  /** Resolves when no operation is under way, or after `limitMs`. */
  idle(limitMs: number): Promise<void> {
    return this.#http.idle(limitMs);
  }

  /** Closes all sockets; operations reject from now on. */
  close(): void {
    this.#endLoad(new Error('closed'));
    this.dialplanCalls.close();
    this.#http.close();
  }

  async #load(): Promise<ari.Client> {
    const { ariUrl, ariUsername, ariPassword } = this.#settings;
    let why: unknown;
    cureSwaggerClient(this.#http, (error) => (why ??= error));
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      this.#endLoad = reject;
      limit = setTimeout(
        () => reject(new Error(`not whole within ${LOAD_LIMIT_MS / 1000} s`)),
        LOAD_LIMIT_MS,
      );
    });
    try {
      return await Promise.race([late, ari.connect(ariUrl, ariUsername, ariPassword)]);
    } catch (error) {
      // swagger-client's own words are often `undefined : undefined`.
      throw new AriError(`Asterisk's description of ARI cannot be read: ${reasonOf(why ?? error)}`);
    } finally {
      clearTimeout(limit);
    }
  }

  #statusOf(method: string, path: string, body?: object): Promise<number> {
    return this.#http.statusOf({ method, path, body: body && JSON.stringify(body) });
  }
}
