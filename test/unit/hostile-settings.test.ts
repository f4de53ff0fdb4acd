/** Settings that nobody in his right mind would write: a Config, or a clear error; and never the password. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, loadConfig, VARIABLES } from '../../src/config.ts';
import { isMailbox } from '../../src/mailbox/names.ts';
import { HOSTILE_LIMIT, hostileRuns } from '../support/hostile-runs.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme' }),
  fc.string().map((text) => text.repeat(5_000)),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    ' ',
    '\n',
    '\u2028vm-record: all is well',
    '\u001b[2J',
  ),
);
const anyValue = fc.oneof(
  anyText,
  fc.integer({ min: -2, max: 2_000_000 }).map(String),
  fc.constantFrom('info', 'off', 'on', 'wav', '305,306', 'http://pbx', 'https://pbx:8089/', 'asterisk'),
);
const anyName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VARIABLES) },
  fc.constantFrom('__proto__', 'constructor', 'VM_', 'VM___proto__'),
  anyText,
  anyText.map((text) => `VM_${text}`),
);
const environments = fc
  .array(fc.tuple(anyName, anyValue), { maxLength: 20 })
  .map((entries): NodeJS.ProcessEnv => Object.fromEntries(entries));

/** What loadConfig() says against `env`; empty if it has nothing against it. */
function objections(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

const namesIn = (message: string) =>
  message.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);

test(
  'any environment is a Config within its ranges, or a line for each wrong variable',
  HOSTILE_LIMIT,
  () => {
    const property = fc.property(environments, (env) => {
      const message = objections(env);
      if (message) return expectClear(message, env);
      const { config, unknown } = loadConfig(env);
      expect(Object.isFrozen(config)).toBe(true);
      for (const seconds of [config.maxSeconds, config.maxSilenceSeconds, config.minSeconds]) {
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 999_999).toBe(true);
      }
      expect(config.maxSeconds === 0 || config.maxSeconds >= config.minSeconds).toBe(true);
      expect(config.reviewTimeoutSeconds).toBeGreaterThanOrEqual(1);
      expect([...config.mailboxes, config.context].every(isMailbox)).toBe(true);
      expect(config.ariUrl).toMatch(/^https?:\/\/[^/?#@\s]+$/);
      expect(config.format).toMatch(/^[a-z0-9]{1,16}$/i);
      expect(unknown.every((name) => name.startsWith('VM_') && !VARIABLES.includes(name))).toBe(true);
    });
    fc.assert(property, hostileRuns());
  },
);

/** One short, printable line for each variable that is wrong by itself, and for no other. */
function expectClear(message: string, env: NodeJS.ProcessEnv): void {
  const lines = message.split('\n');
  for (const line of lines) {
    expect(line).toMatch(/^[A-Z_]+=".*" is not valid: it must be /);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(line.length).toBeLessThan(3_000);
  }
  const together = ['VM_MAX_SECONDS', 'VM_MIN_SECONDS'];
  const groups = [together, ...VARIABLES.filter((name) => !together.includes(name)).map((name) => [name])];
  const wrong = groups.flatMap((names) =>
    namesIn(objections(Object.fromEntries(names.map((name) => [name, env[name]])))),
  );
  expect(namesIn(message).sort()).toEqual(wrong.sort());
  expect(lines).toHaveLength(wrong.length);
}

test('no error shows the password, wherever else it was written', HOSTILE_LIMIT, () => {
  const password = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((text) => `pw-${text}`);
  const settings = fc.tuple(password, fc.constantFrom(...VARIABLES), anyText, anyText);
  const property = fc.property(settings, ([secret, name, before, after]) => {
    const message = objections({ ARI_PASSWORD: secret, [name]: before + secret + after });
    expect(message).not.toContain(secret);
    expect(message).not.toContain(JSON.stringify(secret).slice(1, -1));
  });
  fc.assert(property, hostileRuns());
});

test('no error shows a password in ARI_URL, whatever its shape', HOSTILE_LIMIT, () => {
  const marks = fc.string({ unit: fc.constantFrom(...'@:/?#%&=+ \n\\[]aZ9'), maxLength: 6 });
  const shapes: ((password: string, before: string) => string)[] = [
    (password, before) => `http://me:${before}${password}@pbx:8088`,
    (password, before) => `http://${before}${password}@pbx:8088`,
    (password, before) => `https:me:${before}${password}@pbx`,
    (password, before) => `me:${before}${password}@pbx`,
    (password, before) => `//me:${before}${password}@pbx`,
    (password, before) => `http:\\\\me:${before}${password}@pbx`,
    (password, before) => `http://me:${before}${password}%40pbx`,
    (password, before) => `http://pbx?api_key=me:${before}${password}`,
    (password, before) => `http://pbx/#${before}${password}`,
    (password) => `http://me:${password}`,
    (password) => `me:${password}`,
  ];
  const property = fc.property(fc.constantFrom(...shapes), marks, marks, (shape, before, after) => {
    const env = { ARI_URL: shape(`S3CRET${after}`, before) };
    const message = objections(env);
    expect(message).not.toContain('S3CRET');
    if (!message) expect(loadConfig(env).config.ariUrl).not.toMatch(/s3cret/i);
  });
  fc.assert(property, hostileRuns());
});

test('what is wrong with two variables together is said with all the rest', () => {
  const message = objections({ VM_MAX_SECONDS: '2', VM_MIN_SECONDS: '3', LOG_LEVEL: 'loud' });
  expect(namesIn(message).sort()).toEqual(['LOG_LEVEL', 'VM_MAX_SECONDS']);
});

test.for(['305@default', 'http:305'])('VM_MAILBOXES=%s is shown: it is no URL', (value) => {
  expect(objections({ VM_MAILBOXES: value })).toContain(JSON.stringify(value));
});
