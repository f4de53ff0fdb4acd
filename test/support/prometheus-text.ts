/**
 * Reads Prometheus' text format as strictly as Prometheus itself, and more so: what its `promtool check metrics`
 * complains about is an error here. So a test that reads metrics checks the format, too.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const SAMPLE = /^([a-z_]+)(?:\{([^\n]*)\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/;
const LABEL = /([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;

/** The metrics in a text. @throws Error at the first line that is not as it should be */
export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  let family: Family | undefined;
  let help: { name: string; text: string } | undefined;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') help = { name, text: rest };
    else if (keyword === 'TYPE') {
      if (families.has(name)) throw new Error(`a second time: ${line}`);
      if (help?.name !== name) throw new Error(`no HELP before: ${line}`);
      family = { name, type: rest, help: help.text, samples: [] };
      families.set(name, family);
    } else {
      const sample = parseSample(line);
      if (!family || !namesOf(family).includes(sample.name)) throw new Error(`out of place: ${line}`);
      family.samples.push(sample);
    }
  }
  for (const family of families.values()) check(family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labelText = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const matches = [...labelText.matchAll(LABEL)];
  if (matches.map(([whole]) => whole).join('') !== labelText) throw new Error(`bad labels: ${line}`);
  const labels = matches.map(([, key = '', text = '']) => [key, unescape(text)] as const);
  if (new Set(labels.map(([key]) => key)).size !== labels.length) throw new Error(`a label twice: ${line}`);
  return { name, labels: Object.fromEntries(labels), value: Number(value?.replace('Inf', 'Infinity')) };
}

const unescape = (text: string) =>
  text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));

const namesOf = ({ name, type }: Family) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];

function check({ name, type, samples }: Family): void {
  const series = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(series).size !== series.length) throw new Error(`a series of ${name} twice`);
  if (!['counter', 'gauge', 'histogram'].includes(type)) throw new Error(`${name} is a ${type}`);
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`);
  if (type === 'histogram') checkHistogram(name, samples);
}

/** Each set of labels has buckets that only grow, up to +Inf, which equals the count; and a sum. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const key = ({ labels }: Sample) => JSON.stringify({ ...labels, le: undefined });
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const same = samples.filter((sample) => key(sample) === key(count));
    const buckets = same.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('Inf', 'Infinity')));
    const values = buckets.map(({ value }) => value);
    if (steps(bounds).some((step) => !(step > 0))) throw new Error(`bounds of ${name}: ${bounds.join()}`);
    if (steps(values).some((step) => step < 0)) throw new Error(`buckets of ${name} shrink`);
    if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count.value) {
      throw new Error(`the last bucket of ${name} is not its count`);
    }
    if (!same.some((sample) => sample.name === `${name}_sum`)) throw new Error(`no sum of ${name}`);
  }
}

const steps = (numbers: readonly number[]) => numbers.slice(1).map((n, at) => n - (numbers[at] ?? NaN));
