/**
 * The chaos test: callers leave messages on a real Asterisk, while a proxy between it and the daemon lets requests and
 * connections fail by seed. Afterwards everything must become quiet, and every message be there, once.
 */
import { once } from 'node:events';
import { AriLink } from '../../asterisk/sandbox/ari-link.ts';
import { Lamp } from '../../asterisk/sandbox/lamp.ts';
import { CALLER_EVENTS } from '../../asterisk/sandbox/local-caller.ts';
import { type Sandbox, startSandbox } from '../../asterisk/sandbox/sandbox.ts';
import { toneFiles } from '../../asterisk/sandbox/tone-files.ts';
import { channelInName } from '../../src/mailbox/names.ts';
import { daemonSettings } from '../support/real-stage.ts';
import { EXTENSIONS, TELEPHONES } from '../support/sip-transfers.ts';
import { channelOf, files, listen } from './disk.ts';
import { LINE_KINDS, lineFaults, PROCESS_KINDS, restFault } from './faults.ts';
import { putThroughCallers } from './desk.ts';
import { Journal } from './journal.ts';
import { leftovers } from './leftovers.ts';
import { ChaosProxy } from './proxy.ts';
import { call, type Telephones } from './random-caller.ts';
import { type CallReport, type Report } from './report.ts';
import { script } from './script.ts';
import { Supervisor } from './supervisor.ts';
import { makeTrouble } from './trouble.ts';
import { until } from './until.ts';
import { judge } from './verdict.ts';
import { Witness, WITNESS_EVENTS } from './witness.ts';

/** So many callers at a time. */
const AT_ONCE = 40;
/** After the last fault, lamps are told again after half a minute at the latest. */
const QUIET_MS = 40_000;

const SETTINGS = {
  ...{ VM_PROMPTS: 'off', VM_MAX_SILENCE_SECONDS: '0', VM_REVIEW_TIMEOUT_SECONDS: '2' },
  ...{ VM_MWI: 'mailboxes', VM_MAILBOXES: '300-399', VM_MAX_MESSAGES: '0' },
};

export interface ChaosOptions {
  readonly calls: number;
  readonly seed: number;
  /** Whether connections fail, too, and not only requests. */
  readonly lines: boolean;
  /** Whether the daemon is killed and succeeded, too. */
  readonly restarts: boolean;
  /** Gives it up; what was begun is undone. */
  readonly signal?: AbortSignal | undefined;
  /** Told of what is being done, and of how many calls are over. */
  readonly onProgress: (what: string, callsOver?: number) => void;
}

/** Runs it all. Rejects only if the test itself could not be made, or was given up. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const { seed, onProgress, signal } = options;
  await using sandbox = await startSandbox({
    mailboxes: true,
    extras: { modules: [], files: { 'pjsip.conf': TELEPHONES, 'extensions.conf': EXTENSIONS } },
    onProgress,
    signal,
  });
  const journal = new Journal();
  let chaos = false;
  let requests = 0;
  const proxy = await ChaosProxy.start(Number(new URL(sandbox.ari.url).port), ({ method, path }) => {
    const fault = chaos ? restFault(seed, requests++) : undefined;
    if (fault) journal.add(fault.kind, `${method} ${path}${fault.carriedOut ? '' : ', not carried out'}`);
    return fault;
  });
  const supervisor = new Supervisor({ ...daemonSettings(sandbox), ARI_URL: proxy.url, ...SETTINGS });
  let link: AriLink | undefined;
  // One that is gone already has nothing more to tell.
  const witness: Witness = new Witness((id) => void link?.watch(id, 'bridge').catch(() => undefined));
  const allCalling = new AbortController();
  let trouble = Promise.resolve();
  const begun = Date.now();
  try {
    await supervisor.pid();
    using lamp305 = await Lamp.watch(sandbox, '101');
    using lamp306 = await Lamp.watch(sandbox, '102');
    const lamps = new Map(Object.entries({ 305: lamp305, 306: lamp306 }));

    link = await AriLink.connect(sandbox.ari, 'caller', [...CALLER_EVENTS, ...WITNESS_EVENTS]);
    link.watchAll((event) => witness.take(event));
    chaos = true;
    const kinds = [...(options.lines ? LINE_KINDS : []), ...(options.restarts ? PROCESS_KINDS : [])];
    const makers = { proxy, supervisor, journal, givenUp: signal };
    trouble = makeTrouble(lineFaults(seed, kinds), makers, allCalling.signal);
    const longestOutage = (since: number) => journal.longestSince(since);
    const telephones = { link, witness, toneFile: toneFiles(sandbox.dir), longestOutage };
    const calls = makeCalls(options, telephones, () => allCalling.abort());
    const desk = putThroughCallers(sandbox, telephones, seed, allCalling.signal);
    const failures = (await orGivenUp(Promise.all([calls, desk]), signal)).flat();
    await trouble;
    chaos = false;

    onProgress('All calls are over: waiting for quiet');
    const remains = async () =>
      leftovers({ sandbox, pid: await supervisor.pid(), calls: witness.calls, lamps });
    await orGivenUp(
      until(async () => (await remains()).length === 0, QUIET_MS),
      signal,
    );
    const left = await remains();
    const seconds = (Date.now() - begun) / 1000;
    await supervisor.stop();
    onProgress('Listening to the messages');
    const reports = await judgeAll(sandbox, witness, supervisor);
    const leftBehind = [...left, ...supervisor.problems, ...failures];
    return { options, seconds, requests, journal, calls: reports, leftBehind };
  } finally {
    allCalling.abort();
    await trouble;
    await link?.close();
    await supervisor.stop();
    await proxy.close();
  }
}

/** @throws what `signal` was aborted with */
async function orGivenUp<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  if (!signal) return work;
  const aborted = once(signal, 'abort').then((): never => {
    throw signal.reason;
  });
  return Promise.race([work, aborted]);
}

/** Resolves when all calls are over, with what callers could not do. */
async function makeCalls(
  { calls, seed, signal, onProgress }: ChaosOptions,
  telephones: Telephones,
  onAllCalling: () => void,
): Promise<string[]> {
  const failures: string[] = [];
  let made = 0;
  let over = 0;
  const line = async () => {
    while (made < calls && !signal?.aborted) {
      const number = made++;
      const calling = call(telephones, script(seed, number), number);
      if (made === calls) onAllCalling();
      await calling.catch((error: unknown) => failures.push(String(error)));
      onProgress('calls', ++over);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return failures;
}

async function judgeAll(sandbox: Sandbox, { calls }: Witness, { log }: Supervisor): Promise<CallReport[]> {
  const stored = new Map<string | undefined, string[]>();
  for (const file of await files(sandbox.recordingDir)) {
    const channel = channelOf(file);
    stored.set(channel, [...(stored.get(channel) ?? []), file]);
  }
  const reports: CallReport[] = [];
  for (const witnessed of calls) {
    const own = stored.get(channelInName(witnessed.farId)) ?? [];
    const messages = await Promise.all(own.map((file) => listen(sandbox.recordingDir, file)));
    const ids = [witnessed.farId, ...(witnessed.isPutThrough ? [witnessed.id] : [])];
    const lines = log.lines.filter(({ channel = '' }) => ids.includes(channel));
    reports.push({ call: witnessed, messages, lines, verdict: judge(witnessed, messages, lines) });
  }
  return reports;
}
