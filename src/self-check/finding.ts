/** Something in Asterisk's installation that would not work. */
export interface Finding {
  /** What would not work, and why. */
  readonly what: string;
  /** How to mend it, for the administrator. */
  readonly mend: string;
  /** Whether no message at all could be kept. */
  readonly keepsNothing?: true;
}
