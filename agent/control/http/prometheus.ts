/** Prometheus' text exposition format, version 0.0.4. Pure. */

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  labels?: Labels;
  value: number;
}

export interface HistogramSample {
  labels: Labels;
  /** Upper bounds, the last is infinite; counts of each bucket alone. */
  bounds: readonly number[];
  counts: readonly number[];
  sum: number;
  count: number;
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeValue = (text: string) => escapeHelp(text).replaceAll('"', '\\"');

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeValue(text)}"`);
  const set = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return `${name}${set} ${numberText(value)}\n`;
}

const numberText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);

const head = (name: string, type: string, help: string): string =>
  `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;

/** Without samples there is no family. */
export function family(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels = {}, value }) => line(name, labels, value));
  return head(name, type, help) + lines.join('');
}

export function histogram(name: string, help: string, samples: readonly HistogramSample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels, bounds, counts, sum, count }) => {
    let below = 0;
    const buckets = bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      const infinite = index === bounds.length - 1;
      return line(
        `${name}_bucket`,
        { ...labels, le: infinite ? '+Inf' : numberText(bound) },
        infinite ? count : below,
      );
    });
    return `${buckets.join('')}${line(`${name}_sum`, labels, sum)}${line(`${name}_count`, labels, count)}`;
  });
  return head(name, 'histogram', help) + lines.join('');
}
