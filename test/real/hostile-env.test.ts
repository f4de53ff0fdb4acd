/**
 * `npm start` in a folder whose `.env` is anything: the daemon starts, or says in clear lines what is wrong,
 * and nobody on this machine gets to see the password.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VARIABLES } from '../../src/config.ts';
import { HOSTILE_LIMIT, hostileRuns } from '../support/hostile-runs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSWORD = 'S3CRET-in-the-file';

/** Where Asterisk should be: looks at the daemon's command line, is no Asterisk, and has it stopped. */
const server = createServer((_, response) => {
  void commandLines().then((lines) => {
    seen = lines;
    response.writeHead(404).end();
    if (group !== undefined) process.kill(group, 'SIGTERM');
    group = undefined;
  });
});
let folder: string;
let group: number | undefined;
let seen: string | undefined;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'vm-record-env-'));
  for (const name of ['package.json', 'src', 'node_modules', 'tsconfig.json']) {
    await symlink(join(ROOT, name), join(folder, name));
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

/** The command lines of npm and of all that it has started. */
async function commandLines(): Promise<string> {
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
  const lines: string[] = [];
  for (const pid of await readdir('/proc')) {
    const [, , processGroup] = (await read(pid, 'stat')).replace(/^.*\) /s, '').split(' ');
    if (Number(processGroup) === group) lines.push(await read(pid, 'cmdline'));
  }
  return lines.join('\n');
}

/** Starts the daemon on this `.env`; answers with its end and all that it said. */
async function run(env: Buffer | string, settings: { ARI_URL?: undefined } = {}) {
  await writeFile(join(folder, '.env'), env);
  seen = undefined;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const inherited = Object.entries(process.env).filter(([name]) => !VARIABLES.includes(name));
  const child = spawn('npm', ['--silent', 'start', 'vm-record'], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ARI_URL: url, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  group = child.pid;
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
  }
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, ...said, seen };
}

type Outcome = Awaited<ReturnType<typeof run>>;

/** It ended because of the settings, and said so in lines of its own; or it looked for Asterisk until it was stopped. */
function expectClearEnd({ status, stdout, stderr, seen }: Outcome): void {
  expect(status).toBe(seen === undefined ? 78 : 0);
  if (seen !== undefined) expect(seen).toContain('src/main.ts');
  expect(`${stdout}${stderr}${seen}`).not.toContain('S3CRET');
  if (seen !== undefined) expect(stderr).toBe('');
  for (const line of stderr
    .trimEnd()
    .split(/[\n\r\u2028\u2029]/)
    .filter(() => seen === undefined)) {
    expect(line).toMatch(/^vm-record: [A-Z_]+=".*" is not valid: it must be .*$/);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
  for (const line of stdout.split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('level');
}

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('info', '305', '10', "'", '"', '`', '"a\\nb"', "'a\nb'", '${ARI_PASSWORD}', '$(id)', '# '),
  fc.constantFrom(`http://me:${PASSWORD}@pbx`, PASSWORD, `"x\n${PASSWORD}"`),
);
const line = fc
  .tuple(
    fc.constantFrom(...VARIABLES, '__proto__', 'VM_X', 'export VM_KEYS'),
    fc.constantFrom('=', ': ', ' = '),
    value,
  )
  .map((parts) => parts.join(''));
const files = fc.tuple(
  fc.array(fc.oneof(line, fc.string({ unit: 'binary' }))),
  fc.constantFrom('\n', '\r\n', '\0'),
  fc.boolean(),
);

test('any .env is read, or refused line by line', HOSTILE_LIMIT, async () => {
  const property = fc.asyncProperty(files, async ([lines, newline, last]) => {
    const password = `ARI_PASSWORD='${PASSWORD}'`;
    const all = last ? [...lines, password] : [password, ...lines];
    expectClearEnd(await run(all.join(newline)));
  });
  await fc.assert(property, hostileRuns(150));
});

test.for([
  ['empty', ''],
  ['binary', Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 31) % 256))],
  ['in UTF-16', Buffer.from(`\ufeffARI_PASSWORD=${PASSWORD}\n`, 'utf16le')],
  ['of five megabytes', `ARI_PASSWORD=${PASSWORD}\nX="${'x\n'.repeat(2_500_000)}`],
] as const)('a file that is %s does not keep the daemon from starting', async ([, env]) => {
  const outcome = await run(env);
  expectClearEnd(outcome);
  expect(outcome.status).toBe(0);
});

test('a password in the wrong place is not shown, nor a line forged', async () => {
  const env = [
    `ARI_URL=http://me:${PASSWORD}@pbx`,
    `VM_KEYS="tutorial\u2028vm-record: all is well, ${PASSWORD}"`,
    `VM_PROMPTS="on\nvm-record: all is well"`,
  ];
  const outcome = await run([`ARI_PASSWORD=${PASSWORD}`, ...env].join('\n'), { ARI_URL: undefined });
  expect(outcome.status).toBe(78);
  expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(3);
  expectClearEnd(outcome);
});
