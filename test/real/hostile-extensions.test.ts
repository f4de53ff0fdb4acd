/**
 * Extensions that a caller made up, where the administrator's pattern lets all of them in (`_3.`): the shipped dialplan
 * refuses what is no mailbox, with the daemon and without it.
 */
import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AriHttp } from '../../asterisk/sandbox/ari-http.ts';
import { DaemonLog } from '../../asterisk/sandbox/daemon-log.ts';
import { type DaemonProcess, startDaemonProcess } from '../../asterisk/sandbox/daemon-process.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { daemonSettings } from '../support/real-stage.ts';
import { ringsFirst, takesMessages } from '../support/shipped-dialplan.ts';

/** Calls in a test, all at once: each hears the whole apology. */
const LIMIT = { timeout: 30_000, interval: 200 };

const RING = 'Local/s@rung/n';
const WRITTEN_DOWN = [
  ...[`305,dial=${RING}`, `305,dial=${RING},timeout=1`, `3,x,dial=${RING}`, `305&306,dial=${RING}`],
  ...[`3",dial=${RING}`, `3)},dial=${RING}`, `3):0:3,dial=${RING}`, `3\\,dial=${RING}`, `3(,dial=${RING}`],
  ...['3/../../x', '3/../../../x', '3/x', '3..', '3.', '3\\05', '3\\x2e', '3~', '3%2F..%2Fx', '305.wav,0,1,'],
  ...['305):0:3', '305):0:1', '3):1', '3)):0:1', '305):0)', '305:0:3', '3(05', '3()', '3)(', '3:', '305)'],
  ...['3"05"', '3"', `3'05`, '3""', '3 05', '305 ', '3\t', '305\n', '305\nx', '305;x', '305?x', '3=5', '3|5'],
  ...[
    '3${EPOCH}',
    '3${GLOBAL(X)}',
    '3$[1+1]',
    '3$',
    '3${',
    '3}',
    '3{',
    '3]',
    '3[',
    '3${EXTEN}',
    '305@default',
  ],
  ...['3é', '3٠٥', '3\u2028', '3ｘ', '3À', '3ß', '3\u0130', '3'.repeat(33), '3'.repeat(79), '3'.repeat(300)],
  ...['305&306', '305,record=yes', '305,', '305,,', '3*', '3#', '3+1', '3!', '3,0', '3\\', '3\\\\'],
];
const MAILBOX = /^[A-Za-z0-9_-]{1,32}$/;
const MADE_UP = fc.sample(
  fc
    .string({ unit: fc.constantFrom(...'(){}[]$:,."\\?&/= 05xé'), minLength: 1, maxLength: 30 })
    .map((text) => `3${text}`)
    .filter((text) => !MAILBOX.test(text)),
  { numRuns: 100, seed: 305 },
);
const HOSTILE = [...new Set([...WRITTEN_DOWN, ...MADE_UP])];
const MAILBOXES = ['305', '3-_aZ9', `3${'x'.repeat(31)}`];

let sandbox: Sandbox;
let http: AriHttp;
let daemon: DaemonProcess | undefined;

beforeAll(async () => {
  const extensions = `
[wild]
${await takesMessages('_3.')}
include => told
[told]
exten => h,1,Set(GLOBAL(RESULT_\${CALLED})=\${VMSTATUS} \${VMREASON})
[ring]
include => told
${await ringsFirst('rung', '_1XX')}
[rung]
exten => _.,1,Set(GLOBAL(RUNG_\${EXTEN})=yes)
[far]
exten => s,1,Answer()
 same => n,Wait(5)
`;
  sandbox = await startSandbox({ extras: { modules: [], files: { 'extensions.conf': extensions } } });
  http = new AriHttp(sandbox.ari);
});

afterAll(async () => {
  http.close();
  await daemon?.stop();
  await sandbox.stop();
});

/** Dials all of them at once; resolves with what the extension `h` was told of each, by number. */
async function outcomes(dialled: readonly string[], prefix: string, context = 'wild'): Promise<string[]> {
  const dial = (extension: string, n: number) =>
    http.send('POST', '/channels', {
      ...{ endpoint: 'Local/s@far/n', context, extension, priority: 1 },
      variables: { CALLED: `${prefix}${n}` },
    });
  await Promise.all(dialled.map(dial));
  let told: (string | undefined)[] = [];
  await expect
    .poll(async () => {
      const globals = await sandbox.cli('dialplan show globals');
      told = dialled.map((_, n) => new RegExp(`RESULT_${prefix}${n}=(.*)`).exec(globals)?.[1]?.trim());
      return told.filter((outcome) => outcome === undefined);
    }, LIMIT)
    .toEqual([]);
  return told.map(String);
}

async function expectRefused(prefix: string): Promise<void> {
  const told = await outcomes(HOSTILE, prefix);
  const notRefused = HOSTILE.map((extension, n) => `${JSON.stringify(extension)}: ${told[n]}`).filter(
    (outcome) => !outcome.endsWith(': FAILED bad-mailbox'),
  );
  expect(notRefused).toEqual([]);
  expect(await sandbox.cli('dialplan show globals')).not.toContain('RUNG');
  const written = (await readdir(sandbox.dir, { recursive: true })).filter((path) => path.endsWith('.wav'));
  expect(written).toEqual([]);
}

test('no line of the shipped context, nor one to put in its place, takes what was dialled as it is', async () => {
  expect(await takesMessages()).not.toContain('${EXTEN');
});

/** In the order of the file: nothing is recorded until the third. */
describe('with a pattern that lets every text in', () => {
  test('while the daemon is down, nobody is rung and nothing written', () => expectRefused('down'));

  test('with the daemon, nobody is rung and nothing written, and it hears nothing of it', async () => {
    const log = new DaemonLog();
    daemon = startDaemonProcess(daemonSettings(sandbox), (json) => log.write(json));
    await daemon.ready;
    await expectRefused('up');
    expect(log.lines.filter(({ msg }) => msg.startsWith('Refusing a call'))).toEqual([]);
  });

  test('mailboxes get through, to the longest', async () => {
    const log = new DaemonLog();
    await daemon?.stop();
    daemon = startDaemonProcess(daemonSettings(sandbox), (json) => log.write(json));
    await daemon.ready;
    await outcomes(MAILBOXES, 'mailbox');
    const reached = new Set(log.lines.flatMap(({ mailbox }) => mailbox ?? []));
    expect([...reached].sort()).toEqual([...MAILBOXES].sort());
  });

  test('mailboxes get through while the daemon is down, each to its own folder', async () => {
    await daemon?.stop();
    daemon = undefined;
    await outcomes(MAILBOXES, 'fallback');
    expect((await readdir(sandbox.recordingDir)).sort()).toEqual(['voicemail']);
    expect((await readdir(`${sandbox.recordingDir}/voicemail`)).sort()).toEqual([...MAILBOXES].sort());
  });

  test('the line that rings first does so, and then a message is taken: without the daemon', async () => {
    await outcomes(['101'], 'rings', 'ring');
    expect(await sandbox.cli('dialplan show globals')).toContain('RUNG_101');
    expect(await readdir(`${sandbox.recordingDir}/voicemail`)).toContain('101');
  });

  test('the line that rings first does so, and then a message is taken: with the daemon', async () => {
    const log = new DaemonLog();
    daemon = startDaemonProcess(daemonSettings(sandbox), (json) => log.write(json));
    await daemon.ready;
    await outcomes(['102'], 'rang', 'ring');
    expect(await sandbox.cli('dialplan show globals')).toContain('RUNG_102');
    const said = () => log.lines.filter(({ mailbox }) => mailbox === '102').map(({ msg }) => msg);
    await expect
      .poll(said, LIMIT)
      .toEqual(expect.arrayContaining(['Entering dialing state', 'Entering recording state']));
  });
});
