/** Settings: defaults, and every bad value named with what would be right. */
import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, VARIABLES } from '../../src/config.ts';

const EXAMPLE = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const errorOf = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('no error');
};

test('has a default for everything', () => {
  expect(loadConfig({})).toEqual({
    config: {
      ariUrl: 'http://127.0.0.1:8088',
      ariUsername: 'asterisk',
      ariPassword: 'asterisk',
      logLevel: 'info',
      format: 'wav',
      maxMessages: 100,
      maxSeconds: 180,
      maxSilenceSeconds: 10,
      minSeconds: 1,
      reviewTimeoutSeconds: 10,
      mailboxes: new Set(),
      context: 'default',
      mwi: 'auto',
      whenDone: 'hangup',
      prompts: 'on',
      keys: 'tutorial',
      healthPort: undefined,
    },
    unknown: [],
  });
});

test('.env.example lists exactly the variables that are read, with their defaults', () => {
  const example = dotenv.parse(EXAMPLE);
  expect(Object.keys(example)).toEqual(VARIABLES);
  expect(loadConfig(example)).toEqual(loadConfig({}));
});

test.for<[string, string[]]>([
  ['305, 306', ['305', '306']],
  ['300-302,sales', ['300', '301', '302', 'sales']],
  ['007-009', ['007', '008', '009']],
  ['300-300', ['300']],
  ['night-desk', ['night-desk']],
])('VM_MAILBOXES=%s', ([given, names]) => {
  expect([...loadConfig({ VM_MAILBOXES: given }).config.mailboxes]).toEqual(names);
});

test.for([
  ['http://localhost:8088', 'http://127.0.0.1:8088'],
  ['http://LOCALHOST', 'http://127.0.0.1'],
  ['https://localhost:8089', 'https://localhost:8089'],
  ['http://pbx.example:8088', 'http://pbx.example:8088'],
])('whoever listens on ::1 is not asked for %s', ([given, used]) => {
  expect(loadConfig({ ARI_URL: given }).config.ariUrl).toBe(used);
});

test.for(VARIABLES)('the README explains %s', (name) => {
  expect(README).toContain(`\`${name}\``);
});

test('takes an empty value for one that is not set', () => {
  expect(loadConfig({ VM_MAX_SECONDS: '' }).config.maxSeconds).toBe(180);
});

test.for([
  ['1', 1],
  ['65535', 65_535],
  ['', undefined],
] as const)('VM_HEALTH_PORT=%s is %s', ([given, port]) => {
  expect(loadConfig({ VM_HEALTH_PORT: given }).config.healthPort).toBe(port);
});

test('is frozen', () => {
  expect(Object.isFrozen(loadConfig({}).config)).toBe(true);
});

test('names unknown VM_ variables, and leaves others alone', () => {
  expect(loadConfig({ VM_MAXSECONDS: '3', HOME: '/', ARI_APP: 'x' }).unknown).toEqual(['VM_MAXSECONDS']);
});

test.for([
  ['http://pbx:8088/', 'http://pbx:8088'],
  ['https://pbx.example.com', 'https://pbx.example.com'],
  ['http://[::1]:8088', 'http://[::1]:8088'],
])('ARI_URL %s is %s', ([given, url]) => {
  expect(loadConfig({ ARI_URL: given }).config.ariUrl).toBe(url);
});

describe('a bad value is an error that names variable, value and what would be right', () => {
  test.for([
    ['ARI_URL', 'localhost:8088', 'http:// or https://'],
    ['ARI_URL', 'http://pbx:8088/ari', 'nothing after it'],
    ['ARI_URL', 'ftp://pbx', 'http:// or https://'],
    ['LOG_LEVEL', 'loud', 'one of info, fatal'],
    ['VM_FORMAT', '../wav', "a format of Asterisk's"],
    ['VM_MAX_SECONDS', '-1', 'whole seconds'],
    ['VM_MAX_SECONDS', '1.5', 'whole seconds'],
    ['VM_MAX_SECONDS', '3m', 'whole seconds'],
    ['VM_MAX_SECONDS', '99999999', 'whole seconds'],
    ['VM_MAX_SILENCE_SECONDS', 'off', '0 = off'],
    ['VM_MIN_SECONDS', ' 1', 'whole seconds'],
    ['VM_REVIEW_TIMEOUT_SECONDS', '0', 'at least 1'],
    ['VM_MAILBOXES', '305,../306', 'mailboxes and ranges'],
    ['VM_MAILBOXES', '305,,306', 'mailboxes and ranges'],
    ['VM_MAILBOXES', '399-300', 'the lower one first'],
    ['VM_MAILBOXES', '99-100', 'mailboxes and ranges'],
    ['VM_MAILBOXES', '000000-999999', 'mailboxes and ranges'],
    ['VM_CONTEXT', 'a b', '1 to 32 of'],
    ['VM_MWI', 'yes', 'one of auto, mailboxes, minivm, off'],
    ['VM_WHEN_DONE', 'stop', 'one of hangup, continue'],
    ['VM_PROMPTS', '1', 'one of on, off'],
    ['VM_KEYS', 'qwerty', 'one of tutorial, asterisk'],
    ['VM_HEALTH_PORT', '0', 'a port'],
    ['VM_HEALTH_PORT', '65536', '1 to 65535'],
    ['VM_HEALTH_PORT', '127.0.0.1:9418', 'a port'],
    ['VM_HEALTH_PORT', '-1', 'a port'],
  ] as const)('%s=%s', ([name, value, right]) => {
    const message = errorOf({ [name]: value });
    expect(message).toContain(`${name}=${JSON.stringify(value)}`);
    expect(message).toContain(right);
    expect(message.split('\n')).toHaveLength(1);
  });

  test('all of them at once', () => {
    const message = errorOf({ ARI_URL: 'x', LOG_LEVEL: 'x', VM_MAX_SECONDS: 'x' });
    expect(message.split('\n').map((line) => line.split('=')[0])).toEqual([
      'ARI_URL',
      'LOG_LEVEL',
      'VM_MAX_SECONDS',
    ]);
  });

  test('a longest message shorter than the shortest', () => {
    expect(errorOf({ VM_MAX_SECONDS: '2', VM_MIN_SECONDS: '3' })).toContain('at least VM_MIN_SECONDS');
    expect(loadConfig({ VM_MAX_SECONDS: '0', VM_MIN_SECONDS: '3' }).config.maxSeconds).toBe(0);
  });

  test.for([
    'http://me:s3cret@pbx:8088',
    'me:s3cret@pbx:8088',
    'http:/me:s3cret@pbx:8088',
    'http://me:s3cret/s3cret@pbx:8088',
    'http:\\\\me:s3cret@pbx',
    'http://pbx:8088?api_key=me:s3cret',
  ])('but never a password, as in ARI_URL=%s', (url) => {
    const message = errorOf({ ARI_URL: url, ARI_PASSWORD: 's3cret' });
    expect(message).toContain('ARI_URL=');
    expect(message).not.toContain('s3cret');
  });
});
