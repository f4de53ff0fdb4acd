/**
 * Settings: environment variables -> one frozen Config. Every setting, its default and its meaning stand
 * in `.env.example` too; a test holds the two together.
 */
import { z } from 'zod';
import { expandRange, isMailbox } from './mailbox/names.ts';
import { showValue } from './show-value.ts';

/** All settings, in the units their names say. */
export type Config = Readonly<z.output<typeof settings>['config']>;

/** One or more settings are wrong. The message has a line for each: variable, value, what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A whole number written in decimal digits, from `min` up. */
const whole = (fallback: number, min: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,6}$/, what)
    .transform(Number)
    .refine((n) => n >= min, what)
    .default(fallback);

/** One of a few words; the first is the default. */
const choice = <const T extends [string, ...string[]]>(...words: T) =>
  z.enum(words, `one of ${words.join(', ')}`).default(words[0] as T[number]);

const PORT = 'a port of this machine that is free, 1 to 65535';

/** A TCP port; 0 would be one that nobody knows. */
const port = z
  .string()
  .regex(/^\d{1,5}$/, PORT)
  .transform(Number)
  .refine((n) => n >= 1 && n <= 65_535, PORT)
  .optional();

const mailboxes = z
  .string()
  .transform(
    (list): ReadonlySet<string> => new Set(list.split(',').flatMap((item) => expandRange(item.trim()))),
  )
  .refine(
    (names) => [...names].every(isMailbox),
    'mailboxes and ranges (300-399, the lower one first) with commas between; a mailbox is 1 to 32 of A-Z a-z 0-9 _ -',
  )
  .default(new Set());

const LOOPBACK = '127.0.0.1';

const ariUrl = z
  .string()
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
    return /^https?:$/.test(url.protocol) && bare;
  }, 'http:// or https://, a host, perhaps a port, and nothing after it, as http://127.0.0.1:8088')
  .transform((text) => {
    const url = new URL(text);
    // Of the two addresses that it may be, Asterisk listens on one, and anybody on this machine may on the other.
    if (url.protocol === 'http:' && url.hostname === 'localhost') url.hostname = LOOPBACK;
    return url.origin;
  })
  .default(`http://${LOOPBACK}:8088`);

const variables = z.object({
  ARI_URL: ariUrl,
  ARI_USERNAME: z.string().default('asterisk'),
  ARI_PASSWORD: z.string().default('asterisk'),
  LOG_LEVEL: choice('info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'),
  VM_FORMAT: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/i, "a format of Asterisk's, by its file extension, as wav")
    .default('wav'),
  VM_MAX_SECONDS: whole(180, 0, 'whole seconds, 0 = no limit'),
  VM_MAX_SILENCE_SECONDS: whole(10, 0, 'whole seconds, 0 = off'),
  VM_MIN_SECONDS: whole(1, 0, 'whole seconds, 0 = keep all'),
  VM_REVIEW_TIMEOUT_SECONDS: whole(10, 1, 'whole seconds, at least 1'),
  VM_MAX_MESSAGES: whole(100, 0, 'a whole number, 0 = no limit'),
  VM_MAILBOXES: mailboxes,
  VM_CONTEXT: z.string().refine(isMailbox, '1 to 32 of A-Z a-z 0-9 _ -').default('default'),
  VM_MWI: choice('auto', 'mailboxes', 'minivm', 'off'),
  VM_WHEN_DONE: choice('hangup', 'continue'),
  VM_PROMPTS: choice('on', 'off'),
  VM_KEYS: choice('tutorial', 'asterisk'),
  VM_HEALTH_PORT: port,
});

const settings = variables
  .refine((v) => v.VM_MAX_SECONDS === 0 || v.VM_MAX_SECONDS >= v.VM_MIN_SECONDS, {
    path: ['VM_MAX_SECONDS'],
    error: '0, or at least VM_MIN_SECONDS, or no recording could ever be a message',
    // Said together with what is wrong elsewhere, if only these two are numbers.
    when: ({ issues }) => !issues.some(({ path }) => /^VM_M(AX|IN)_SECONDS$/.test(String(path?.[0]))),
  })
  .transform((v) => ({
    config: {
      ariUrl: v.ARI_URL,
      ariUsername: v.ARI_USERNAME,
      ariPassword: v.ARI_PASSWORD,
      logLevel: v.LOG_LEVEL,
      format: v.VM_FORMAT,
      maxSeconds: v.VM_MAX_SECONDS,
      maxSilenceSeconds: v.VM_MAX_SILENCE_SECONDS,
      minSeconds: v.VM_MIN_SECONDS,
      reviewTimeoutSeconds: v.VM_REVIEW_TIMEOUT_SECONDS,
      maxMessages: v.VM_MAX_MESSAGES,
      /** Empty = every valid name. */
      mailboxes: v.VM_MAILBOXES,
      context: v.VM_CONTEXT,
      mwi: v.VM_MWI,
      whenDone: v.VM_WHEN_DONE,
      prompts: v.VM_PROMPTS,
      keys: v.VM_KEYS,
      /** Undefined = no health server. */
      healthPort: v.VM_HEALTH_PORT,
    },
  }));

/** The names of all variables that the daemon reads. */
export const VARIABLES: readonly string[] = Object.keys(variables.shape);

/**
 * Reads the settings from `env`. An empty value counts as not set.
 * @returns the Config, and the unknown `VM_` variables, each worth a warning.
 * @throws ConfigError naming every wrong variable at once
 */
export function loadConfig(env: NodeJS.ProcessEnv): { config: Config; unknown: string[] } {
  const given = Object.fromEntries(VARIABLES.map((name) => [name, env[name] || undefined]));
  const unknown = Object.keys(env).filter((name) => name.startsWith('VM_') && !VARIABLES.includes(name));
  const result = settings.safeParse(given);
  if (result.success) return { config: Object.freeze(result.data.config), unknown };
  const { issues } = result.error;
  const firstOfEach = issues.filter(
    (issue, n) => n === issues.findIndex(({ path }) => path[0] === issue.path[0]),
  );
  throw new ConfigError(firstOfEach.map((issue) => describe(issue, given)).join('\n'));
}

function describe(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  const value = given[name] ?? '';
  const mayHoldPassword = name === 'ARI_URL' || value.includes('//');
  const secret = given['ARI_PASSWORD'];
  return `${name}=${showValue(value, { mayHoldPassword, secret })} is not valid: it must be ${issue.message}`;
}
