/**
 * How a value that somebody else wrote is shown to people: in one line, not too long, and without a password.
 */

/** More than this of a value helps nobody. */
const LONGEST = 200;
const HIDDEN = '***';

/**
 * What a URL with a password in it has, in whatever shape, and one as ARI_URL should be has not: an @ (perhaps written
 * as %40), a query, a fragment, or a colon that stands neither after the scheme nor before a port.
 */
const PASSWORD_SIGNS = /@|%40|[?#]|:(?!\/|\d{0,5}(\/|$))/;

export interface ShowOptions {
  /** Whether it is a URL, or looks like one. */
  readonly mayHoldPassword: boolean;
  /** A value that holds this is not shown at all. */
  readonly secret: string | undefined;
}

/** The value in double quotes; line breaks, and all that would move a terminal's cursor, as `\u{2028}`. */
export function showValue(value: string, { mayHoldPassword, secret }: ShowOptions): string {
  const hidden = (mayHoldPassword && PASSWORD_SIGNS.test(value)) || (secret && value.includes(secret));
  const shown = hidden ? HIDDEN : value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value;
  return JSON.stringify(shown).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
