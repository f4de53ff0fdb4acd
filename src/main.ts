/**
 * `npm start vm-record`: the process. Reads argv, environment and signals (the only file that does) and
 * says how it ended by the exit status: 0 stopped, 1 a fault of its own, 78 wrong settings (EX_CONFIG).
 */
import { statSync } from 'node:fs';
import dotenv from 'dotenv';
import { AriConnection } from './ari/ari-connection.ts';
import { ConfigError, loadConfig } from './config.ts';
import { readCredentials } from './credentials.ts';
import { Daemon, type DaemonListener } from './daemon.ts';
import { HealthPortError, startHealthServer } from './health-server.ts';
import { insecureSettings } from './insecure-settings.ts';
import { createLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import { ServiceManager } from './service-manager.ts';

const EXIT_FAULT = 1;
const EXIT_SETTINGS = 78;

/** Ends the process with one clear line for each thing that is wrong; no stack trace. */
function exit(status: number, message: string): never {
  process.stderr.write(message.replace(/^/gm, 'vm-record: ') + '\n');
  process.exit(status);
}

function readSettings(): ReturnType<typeof loadConfig> {
  dotenv.config({ quiet: true });
  try {
    return loadConfig({ ...process.env, ...readCredentials(process.env['CREDENTIALS_DIRECTORY']) });
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
for (const warning of insecureSettings(config, statSync('.env', { throwIfNoEntry: false })?.mode))
  log.warn(warning);

// Nobody knows what is true after an error that nobody expected: the next process finds out from Asterisk.
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'Unexpected error');
  process.exit(EXIT_FAULT);
});

const service = new ServiceManager(process, log);
let stop = () => Promise.resolve();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void Promise.all([stop(), service.stopping()]).then(() => process.exit(0)));
}
service.status('Waiting for Asterisk');

// Loaded only where it is wanted: it takes 10 MB.
const metrics: Metrics | undefined =
  config.healthPort === undefined
    ? undefined
    : new (await import('./metrics.ts')).Metrics({
        calls: () => daemon.calls,
        messages: () => daemon.messages,
        connected: () => daemon.unavailable === undefined,
      });

const connection = new AriConnection(config, app, log);

let isWaiting = false;
const listener: DaemonListener = {
  onReady: () => {
    if (!isWaiting) log.info({ app, url: config.ariUrl, pid: process.pid }, 'Waiting for calls');
    isWaiting = true;
    service.ready(() => daemon.isAlive);
    service.status('Waiting for calls');
  },
  onDisconnected: () => service.status('Waiting for Asterisk'),
  // What this one knows is not true any more when the application comes back.
  onReplaced: () => {
    log.warn(
      {
        app,
        mend: 'stop one of the two; if the other is no daemon, change the ARI password, here too, and restart this one',
      },
      'Another daemon has taken over this application and its calls: standing by',
    );
    service.status('Standing by: another daemon has the calls');
    isWaiting = false;
    daemon = newDaemon();
    daemon.start();
  },
  onRefused: ({ message }) => exit(EXIT_SETTINGS, message),
};

const newDaemon = (): Daemon => new Daemon({ connection, app, config, log, listener, metrics });
let daemon = newDaemon();

if (config.healthPort !== undefined && metrics) {
  const unavailable = () => daemon.unavailable;
  await startHealthServer({ port: config.healthPort, unavailable, metrics, log }).catch((error: unknown) => {
    if (error instanceof HealthPortError) exit(EXIT_SETTINGS, error.message);
    throw error;
  });
}

process.on('SIGHUP', () => void daemon.refresh());
stop = () => daemon.stop();
daemon.start();
