/**
 * What the daemon notes of a call in a channel variable, the dialplan can write, too, and callers where it lets them. So
 * a note carries a seal that only a daemon with the same ARI password can make.
 */
import { createHmac, scryptSync, timingSafeEqual } from 'node:crypto';

/** 96 bits: too many to be guessed. */
const SEAL_CHARACTERS = 16;
const KEY_BYTES = 32;

/** Kept, as it takes some 50 ms to find: whoever reads a note must not find out a password by trying many. */
let known: { readonly password: string; readonly key: Buffer } | undefined;

export class NoteSeal {
  readonly #key: Buffer;

  constructor(ariPassword: string) {
    if (known?.password !== ariPassword)
      known = { password: ariPassword, key: scryptSync(ariPassword, 'vm-record VM_STATE', KEY_BYTES) };
    this.#key = known.key;
  }

  /** Of letters, digits, `-` and `_` only. */
  of(note: string): string {
    return createHmac('sha256', this.#key).update(note).digest('base64url').slice(0, SEAL_CHARACTERS);
  }

  fits(note: string, seal: string): boolean {
    const [expected, given] = [Buffer.from(this.of(note)), Buffer.from(seal)];
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
}
