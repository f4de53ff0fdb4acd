/**
 * `npm start vm-record`: the process. Reads argv, environment and signals (the only file that does) and
 * says how it ended by the exit status: 0 stopped, 1 no Asterisk, 78 wrong settings (EX_CONFIG).
 */
import dotenv from 'dotenv';
import { AriSettingsError } from './ari/ari-client-port.ts';
import { AriError } from './ari/ari-error.ts';
import { ConfigError, loadConfig } from './config.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { createLog } from './log.ts';

const EXIT_NO_ASTERISK = 1;
const EXIT_SETTINGS = 78;

/** Ends the process with one clear line for each thing that is wrong; no stack trace. */
function exit(status: number, message: string): never {
  process.stderr.write(message.replace(/^/gm, 'vm-record: ') + '\n');
  process.exit(status);
}

function readSettings(): ReturnType<typeof loadConfig> {
  dotenv.config({ quiet: true });
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) exit(EXIT_SETTINGS, error.message);
    throw error;
  }
}

function readApp(): string {
  const [app = 'vm-record', ...more] = process.argv.slice(2);
  if (more.length > 0 || !/^[\w.-]+$/.test(app) || app.startsWith('-')) {
    exit(EXIT_SETTINGS, 'usage: npm start [name of the Stasis application, default vm-record]');
  }
  return app;
}

const app = readApp();
const { config, unknown } = readSettings();
const log = createLog(config.logLevel);
if (unknown.length > 0) log.warn({ variables: unknown }, 'Unknown variables: not read by vm-record');

let daemon: Daemon | undefined;
process.on('SIGHUP', () => void daemon?.refresh());
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    daemon?.stop();
    process.exit(0);
  });
}

try {
  const started = await startDaemon(app, config, log, () =>
    exit(EXIT_NO_ASTERISK, `lost the connection to Asterisk at ${config.ariUrl}`),
  );
  log.info({ app, url: config.ariUrl, pid: process.pid }, 'Waiting for calls');
  daemon = started;
} catch (error) {
  if (error instanceof AriSettingsError) exit(EXIT_SETTINGS, error.message);
  if (error instanceof AriError) exit(EXIT_NO_ASTERISK, error.message);
  throw error;
}
