/** `npm run bench`: the daemon beside what people would use instead, on one Asterisk, and tables at the end. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../support/command.ts';
import { runFakeBench } from './fake/run.ts';
import { fakeSection } from './fake/section.ts';
import { FULL_SIZES, QUICK_SIZES } from './fake/sizes.ts';
import { machine } from './machine.ts';
import { realSection, runReal } from './real.ts';
import { goalsTable, writeResults } from './results.ts';
import type { Section } from './section.ts';
import { measureStarts, startSection } from './start.ts';

const USAGE =
  'usage: npm run bench -- [--quick] [--only real|fake|start] [--calls N] [--rate N] [--rounds N] [--climbs N] [--write]';

const FULL = {
  fixed: { calls: 300, rate: 20, rounds: 5, warmUp: 20 },
  // Two cores hold some 80 a second. Beyond the highest, the sandbox would have too few ports for voice.
  rising: { rounds: 3, first: 40, highest: 240, seconds: 8 },
  fake: FULL_SIZES,
  starts: 20,
};
const QUICK = {
  fixed: { calls: 20, rate: 5, rounds: 1, warmUp: 0 },
  rising: { rounds: 1, first: 10, highest: 10, seconds: 2 },
  fake: QUICK_SIZES,
  starts: 1,
};

function readArguments() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: { quick: flag, write: flag, only: text, calls: text, rate: text, rounds: text, climbs: text },
  });
  const whole = (name: 'calls' | 'rate' | 'rounds' | 'climbs', otherwise: number, least = 1) => {
    const value = values[name] ?? String(otherwise);
    if (!/^\d{1,5}$/.test(value) || Number(value) < least)
      throw new Error(`--${name} ${value} is not a whole number from ${least} on.`);
    return Number(value);
  };
  const { only } = values;
  const parts = ['real', 'fake', 'start'].filter((part) => only === undefined || part === only);
  if (parts.length === 0) throw new Error(`--only ${only} is not real, fake or start.`);
  const { fixed, rising, fake, starts } = values.quick ? QUICK : FULL;
  const calls = whole('calls', fixed.calls);
  if (calls % 2 !== 0) throw new Error(`--calls ${calls} can not be halved.`);
  const rounds = whole('rounds', fixed.rounds);
  const args = process.argv.slice(2);
  return {
    parts,
    fake,
    starts: whole('rounds', starts),
    fixed: { ...fixed, calls, rate: whole('rate', fixed.rate), rounds },
    rising: { ...rising, rounds: whole('climbs', rising.rounds, 0) },
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    // What somebody tries with other numbers is not to replace what the README shows.
    write: values.write || args.length === 0,
  };
}

async function run(values: ReturnType<typeof readArguments>, signal: AbortSignal): Promise<number> {
  const options = { onProgress: (line: string) => void process.stderr.write(`${line}\n`), signal };
  const sections: Section[] = [];
  let status = 0;
  if (values.parts.includes('real')) {
    const real = await runReal(values, options);
    sections.push(await realSection(values, real));
    if (real.fixed.some(({ rounds }) => rounds.some(({ failed }) => failed > 0))) status = 1;
  }
  if (values.parts.includes('fake')) {
    const { fake } = values;
    sections.push(fakeSection(fake.rounds, await runFakeBench({ ...fake, ...options })));
  }
  if (values.parts.includes('start')) {
    const { starts } = values;
    sections.push(startSection(starts, await measureStarts(starts, options)));
  }
  for (const { title, markdown } of sections) process.stdout.write(`${title}\n\n${markdown}\n\n`);
  if (sections.some(({ goals }) => goals.length > 0)) process.stdout.write(`${goalsTable(sections)}\n`);
  if (values.write) {
    const { command } = values;
    const folder = fileURLToPath(new URL('.', import.meta.url));
    await writeResults(folder, { command, date: new Date(), machine: machine() }, sections);
  }
  return status;
}

process.exitCode = await runCommand(USAGE, readArguments, run);
