/** The one kind of error that an ARI operation rejects with. */
export class AriError extends Error {
  override readonly name = 'AriError';

  /**
   * @param status HTTP status of Asterisk's answer; undefined when there was none (no connection, a reset,
   *   a time limit, a body that could not be read)
   * @param code why there was no answer, by the system's or TLS's own name for it, as ECONNREFUSED
   */
  constructor(
    message: string,
    readonly status?: number,
    readonly code?: string,
  ) {
    super(message);
  }

  /** What the operation was about is not there any more: for a channel, the caller hung up. */
  get isGone(): boolean {
    return this.status === 404;
  }
}

/** Whether `error` says that the thing operated on is gone, which is a normal outcome. */
export function isGone(error: unknown): boolean {
  return error instanceof AriError && error.isGone;
}
