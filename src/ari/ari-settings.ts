/** Where Asterisk is and as whom to log in; and what is wrong when that is wrong. */

export interface AriSettings {
  readonly ariUrl: string;
  readonly ariUsername: string;
  readonly ariPassword: string;
}

/** Asterisk does not accept us, and trying again would not help: the settings must change. */
export class AriSettingsError extends Error {
  override readonly name = 'AriSettingsError';
}
