/**
 * A strict reader of Prometheus' text format 0.0.4: each family has HELP, then TYPE, then its samples in one block; names,
 * labels and escapes are well formed; nothing comes twice; histograms are cumulative and end with +Inf = _count.
 */
export interface Family {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: [string, Family] | null = null;
  let help: [string, string] | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, helpText] = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line) ?? [];
    const [, typeName, type] =
      new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line) ?? [];
    if (helpName !== undefined) {
      help = [helpName, helpText!];
      current = null;
    } else if (typeName !== undefined) {
      if (help?.[0] !== typeName) throw new Error(`${typeName}: TYPE without its HELP before`);
      if (families.has(typeName)) throw new Error(`${typeName}: comes twice`);
      const family: Family = { type: type as Family['type'], help: help[1], samples: [] };
      families.set(typeName, family);
      current = [typeName, family];
      help = null;
    } else {
      const [, name, set = '', number] =
        new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
      if (name === undefined || current === null) throw new Error(`no sample: ${line}`);
      const [family, { type }] = current;
      const fits =
        type === 'histogram'
          ? /^(_bucket|_sum|_count)$/.test(name.slice(family.length))
          : name === family;
      if (!name.startsWith(family) || !fits) throw new Error(`${name}: not of ${family}`);
      if (type === 'counter' && !name.endsWith('_total')) throw new Error(`${name}: no _total`);
      const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
      if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
      const key = `${name}{${set}}`;
      if (seen.has(key)) throw new Error(`${key}: comes twice`);
      seen.add(key);
      current[1].samples.push({ name, labels: labelsOf(set), value });
    }
  }
  for (const [name, family] of families) {
    if (family.samples.length === 0) throw new Error(`${name}: without samples`);
    if (family.type === 'histogram') checkHistogram(name, family);
  }
  return families;
}

function labelsOf(set: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < set.length) {
    const [, key, text] = LABEL.exec(set) ?? [];
    if (key === undefined || key in labels) throw new Error(`labels are not well formed: ${set}`);
    labels[key] = text!.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

function checkHistogram(name: string, { samples }: Family): void {
  const series = new Map<string, { buckets: [number, number][]; sum?: number; count?: number }>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { buckets: [] };
    series.set(key, one);
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    if (sample.name === `${name}_bucket`) one.buckets.push([bound, sample.value]);
    else if (le !== undefined) throw new Error(`${sample.name}: le`);
    else if (sample.name === `${name}_sum`) one.sum = sample.value;
    else one.count = sample.value;
  }
  for (const [key, { buckets, sum, count }] of series) {
    const rising = buckets.every(
      ([bound, value], i) => i === 0 || (bound > buckets[i - 1]![0] && value >= buckets[i - 1]![1]),
    );
    const last = buckets.at(-1);
    if (
      !rising ||
      last?.[0] !== Number.POSITIVE_INFINITY ||
      last[1] !== count ||
      sum === undefined
    ) {
      throw new Error(`${name}${key}: no histogram`);
    }
  }
}
