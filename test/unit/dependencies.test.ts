/**
 * The packages that run in production: which there are is a decision, and those that were replaced because of
 * known vulnerabilities (src/README.md, Dependencies) do not come back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
/** Of the lock file, by where they are installed. Optional ones are esbuild's and tsx's parts for other systems. */
const PRODUCTION = Object.entries(packages).filter(
  ([path, { dev, optional }]) => path.startsWith('node_modules/') && !dev && !optional,
);
const nameOf = (path: string) => path.replace(/^.*node_modules\//, '');

test('these packages run in production, one of each, and no others', () => {
  expect(PRODUCTION.map(([path]) => path.replace(/^node_modules\//, '')).sort()).toEqual(
    [
      ...['ari-client', 'backoff-func', 'bluebird', 'lodash', 'request', 'uuid', 'ws'],
      ...['swagger-client', 'btoa', 'shred', 'ax', 'cookiejar', 'iconv-lite', 'safer-buffer', 'sprintf'],
      'dotenv',
      'http-parser-js',
      ...['pino', '@pinojs/redact', 'atomic-sleep', 'on-exit-leak-free', 'pino-abstract-transport', 'split2'],
      ...['pino-std-serializers', 'process-warning', 'quick-format-unescaped', 'real-require'],
      ...['safe-stable-stringify', 'sonic-boom', 'thread-stream'],
      ...['prom-client', '@opentelemetry/api', 'tdigest', 'bintrees'],
      ...['tsx', 'esbuild'],
      'zod',
    ].sort(),
  );
});

test.for(['form-data', 'tough-cookie', 'qs', 'har-validator', 'ajv', 'aws-sign2', 'http-signature'])(
  '%s, which comes with the npm package request, is not among them',
  (name) => {
    expect(PRODUCTION.map(([path]) => nameOf(path))).not.toContain(name);
  },
);

/** Where a package is found from the file of another, as Node.js finds it when the daemon runs. */
function manifestOf(name: string, ...from: string[]): { path: string; version: string } {
  let file = import.meta.url;
  for (const parent of from) file = createRequire(file).resolve(parent);
  const roots = createRequire(file).resolve.paths(name) ?? [];
  const path = roots.map((root) => `${root}/${name}/package.json`).find(existsSync) ?? '';
  return { path, version: (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version };
}

// As package.json overrides them.
test.for([
  ['ws', '8.23.0', ['ari-client']],
  ['uuid', '11.1.1', ['ari-client']],
  ['cookiejar', '2.1.4', ['ari-client', 'swagger-client', 'shred']],
] as const)('%s below ari-client is %s or newer, in the lock file and installed', ([name, least, from]) => {
  const { version } = manifestOf(name, ...from);
  const locked = PRODUCTION.filter(([path]) => nameOf(path) === name).map(([, entry]) => entry.version);
  expect(locked).toEqual([version]);
  expect(version.localeCompare(least, 'en', { numeric: true })).toBeGreaterThanOrEqual(0);
  expect(version.split('.')[0]).toBe(least.split('.')[0]);
});

test('request below ari-client is our own, in the lock file and installed', () => {
  const { path } = manifestOf('request', 'ari-client');
  expect(readFileSync(path, 'utf8')).toBe(read('src/ari/request/package.json'));
  expect(packages['node_modules/request']).toEqual({ resolved: 'src/ari/request', link: true });
});
