/** `npm run bench`: the daemon beside what people would use instead, on one Asterisk, and a table at the end. */
import { parseArgs } from 'node:util';
import { runCommand } from '../support/command.ts';
import { runBench } from './run.ts';
import { table } from './table.ts';

const USAGE = 'usage: npm run bench -- [--quick] [--calls N] [--rate N] [--rounds N]';

const FULL = { calls: 300, rate: 20, rounds: 3, warmUp: 20 };
const QUICK = { calls: 20, rate: 5, rounds: 1, warmUp: 0 };

function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, calls: text, rate: text, rounds: text },
  });
  const otherwise = values.quick ? QUICK : FULL;
  const whole = (name: 'calls' | 'rate' | 'rounds') => {
    const value = values[name] ?? String(otherwise[name]);
    if (!/^[1-9]\d{0,4}$/.test(value)) throw new Error(`--${name} ${value} is not a whole number above 0.`);
    return Number(value);
  };
  const calls = whole('calls');
  if (calls % 2 !== 0) throw new Error(`--calls ${calls} can not be halved.`);
  return { ...otherwise, calls, rate: whole('rate'), rounds: whole('rounds') };
}

async function run(values: ReturnType<typeof readArguments>, signal: AbortSignal): Promise<number> {
  const onProgress = (line: string) => void process.stderr.write(`${line}\n`);
  const results = await runBench({ ...values, onProgress, signal });
  const { calls, rate, rounds } = values;
  process.stdout.write(`${calls} calls at ${rate} a second to each, ${rounds} rounds\n\n${table(results)}\n`);
  return results.some((result) => result.rounds.some(({ failed }) => failed > 0)) ? 1 : 0;
}

process.exitCode = await runCommand(USAGE, readArguments, run);
