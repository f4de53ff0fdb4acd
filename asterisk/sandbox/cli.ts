/** `npm run sandbox`: keeps an Asterisk up to try the daemon with, and says how to use it, until Ctrl-C. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { SandboxError, type Sandbox, startSandbox } from './sandbox.ts';

const USAGE = 'usage: npm run sandbox -- [--sip-port N] [--ari-port N]';

function ports(): { sipPort?: number | undefined; ariPort?: number | undefined } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { 'sip-port': text, 'ari-port': text } });
  const port = (name: 'sip-port' | 'ari-port') => {
    const value = values[name];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= 1 && number <= 65_535) return number;
    throw new Error(`--${name} ${value} is not a port from 1 to 65535.`);
  };
  return { sipPort: port('sip-port'), ariPort: port('ari-port') };
}

function introduction({ ari, sip, dir, recordingDir }: Sandbox): string {
  const accounts = sip.accounts.map(
    ({ username, password, mailbox }) =>
      `  user ${username}, password ${password}, lamp for mailbox ${mailbox}`,
  );
  return `
Asterisk is up. Ctrl-C ends it and removes everything.

A softphone on this machine, UDP to ${sip.host}:${sip.port}:
${accounts.join('\n')}
  call 305 to leave a message

Start the daemon in another terminal:
  ARI_URL=${ari.url} ARI_USERNAME=${ari.username} ARI_PASSWORD=${ari.password} npm start vm-record

Messages: ${recordingDir}/voicemail
Asterisk's command line: sh ${dir}/asterisk -r
`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  let options;
  try {
    options = ports();
  } catch (error) {
    process.stderr.write(`${(error as Error).message} ${USAGE}\n`);
    return 2;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  try {
    await using sandbox = await startSandbox({ ...options, onProgress: print, signal: interrupt.signal });
    print(introduction(sandbox));
    await Promise.race([sandbox.ended, once(interrupt.signal, 'abort')]);
    if (interrupt.signal.aborted) return 0;
    throw new SandboxError(`Asterisk ended by itself. The end of its log:\n${await sandbox.logTail()}`);
  } catch (error) {
    if (interrupt.signal.aborted) return 0;
    if (!(error instanceof SandboxError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
