/** The body of an answer, as it comes: kept until it is whole, or handed on piece by piece, and then nothing of it is kept. */

/**
 * Is handed a body piece by piece.
 * @param piece to be read at once: what comes next is written over it
 * @param wholeBytes the length of the whole body, if the server has told it
 * @returns whether it has seen enough
 */
export type ReadPiece = (piece: Buffer, wholeBytes: number | undefined) => boolean;

/** To read on costs less than a new connection, if no more than this is left. */
const SMALL_REST_BYTES = 256 * 1024;

const NOTHING = Buffer.alloc(0);

export class HttpBody {
  /** There may be room behind it. */
  #kept = NOTHING;
  #bytes = 0;
  #wholeBytes: number | undefined;
  #read: ReadPiece | undefined;
  #hasEnough = false;

  /** What has come so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it fills the memory. */
  get isKept(): boolean {
    return !this.#read;
  }

  /** An answer begins whose body is handed on. */
  handOn(read: ReadPiece, headers: readonly string[]): void {
    this.#read = read;
    this.#wholeBytes = lengthOf(headers);
  }

  append(piece: Buffer): void {
    this.#bytes += piece.length;
    if (!this.#read) this.#keep(piece);
    else if (!this.#hasEnough) this.#hasEnough = this.#read(piece, this.#wholeBytes);
  }

  /** Nobody wants the rest, and it is long. */
  get isEnough(): boolean {
    return this.#hasEnough && (this.#wholeBytes ?? Infinity) - this.#bytes > SMALL_REST_BYTES;
  }

  /** What was kept; the next body can come. */
  take(): Buffer {
    const kept = this.#kept.subarray(0, this.#read ? 0 : this.#bytes);
    this.#kept = NOTHING;
    this.#bytes = 0;
    this.#read = undefined;
    this.#wholeBytes = undefined;
    this.#hasEnough = false;
    return kept;
  }

  /** Copied, because what is read next comes to the same place; and into one buffer, however small the pieces are. */
  #keep(piece: Buffer): void {
    if (this.#bytes > this.#kept.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes, 2 * this.#kept.length));
      this.#kept.copy(larger);
      this.#kept = larger;
    }
    this.#kept.set(piece, this.#bytes - piece.length);
  }
}

/** @param headers names and values in turn; of an answer that comes in chunks they may say anything */
function lengthOf(headers: readonly string[]): number | undefined {
  const find = (name: string) => headers.findIndex((it, i) => i % 2 === 0 && it.toLowerCase() === name);
  const at = find('content-length');
  return at < 0 || find('transfer-encoding') >= 0 ? undefined : Number(headers[at + 1]);
}
