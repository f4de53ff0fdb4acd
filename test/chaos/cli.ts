/** `npm run chaos -- --calls 2000 --seed 7 --restarts`: as many calls as one likes, and a table at the end. */
import { parseArgs } from 'node:util';
import { runCommand } from '../support/command.ts';
import { details, isGood, table } from './report.ts';
import { runChaos } from './run.ts';

const USAGE = 'usage: npm run chaos -- [--calls N] [--seed N] [--restarts] [--requests-only]';
const BAR = 40;
/** Where nobody looks at a bar: a line for so many calls of a hundred. */
const LINE_PERCENT = 10;

function readArguments() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: { calls: text, seed: text, restarts: flag, 'requests-only': flag },
  });
  const whole = (name: 'calls' | 'seed', otherwise: number) => {
    const value = values[name] ?? String(otherwise);
    if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} ${value} is not a whole number.`);
    return Number(value);
  };
  return {
    calls: whole('calls', 100),
    seed: whole('seed', Math.floor(Date.now() / 1000) % 1_000_000),
    restarts: values.restarts,
    lines: !values['requests-only'],
  };
}

/** A bar on a terminal, lines elsewhere. */
function progress(calls: number): (what: string, over?: number) => void {
  const { stderr } = process;
  let shown = 0;
  return (what, over) => {
    if (over === undefined) return void stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${what}\n`);
    if (stderr.isTTY) {
      const full = Math.round((BAR * over) / calls);
      return void stderr.write(`\r[${'#'.repeat(full).padEnd(BAR, '.')}] ${over}/${calls} calls`);
    }
    const percent = Math.floor((100 * over) / calls);
    if (percent < shown + LINE_PERCENT) return;
    shown = percent;
    stderr.write(`${over}/${calls} calls\n`);
  };
}

async function run(values: ReturnType<typeof readArguments>, signal: AbortSignal): Promise<number> {
  const report = await runChaos({ ...values, onProgress: progress(values.calls), signal });
  const more = details(report);
  if (more !== '') process.stderr.write(`${more}\n\n`);
  process.stdout.write(`${table(report)}\n`);
  return isGood(report) ? 0 : 1;
}

process.exitCode = await runCommand(USAGE, readArguments, run);
