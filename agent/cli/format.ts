/** Times, durations and sizes as an operator reads and writes them. */
import type { Stamp, Us } from '../types.ts';
import { CliError, EXIT } from './exit.ts';

const two = (n: number): string => String(n).padStart(2, '0');

/** Local time with ms: `2026-03-01 14:05:09.042`. wall_us: µs since 1970. */
export function localTime(wall_us: number): string {
  const d = new Date(wall_us / 1000);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clockTime(wall_us)}`;
}

/** Local time of day with ms: `14:05:09.042`. */
export function clockTime(wall_us: number): string {
  const d = new Date(wall_us / 1000);
  const ms = String(d.getMilliseconds()).padStart(3, '0');
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${ms}`;
}

export const stampTime = (stamp: Stamp | null): string =>
  stamp === null ? '' : localTime(stamp.wall_us);

/** `12.3`: ms with one decimal, without a unit. */
export const ms = (us: Us): string => (us / 1000).toFixed(1);

/** `12.3 ms`. */
export const duration = (us: Us): string => `${ms(us)} ms`;

/** `3 ms`, `2.4 s`, `5 min 2 s`: how long ago something was. */
export function elapsed(us: Us): string {
  if (us < 1_000_000) return `${Math.floor(us / 1000)} ms`;
  return us < 60_000_000 ? `${(us / 1e6).toFixed(1)} s` : uptime(us / 1e6);
}

/** `0.31 ms`. */
export const rtt = (us: Us): string => `${(us / 1000).toFixed(2)} ms`;

/** `10.77.9.2:3260`, `[fd00::2]:3260`. */
export const endpoint = (address: string, port: number | null): string => {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

/** `3 d 4 h`, `5 min 2 s`, `41 s`: how long something has been running. */
export function uptime(seconds: number): string {
  const s = Math.floor(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** `1 leg`, `2 legs`. */
export const count = (n: number, noun: string, plural = `${noun}s`): string =>
  `${n} ${n === 1 ? noun : plural}`;

/** Words in lines of at most `columns − indent` characters; a longer word has a line of its own. */
export function wrap(text: string, columns: number, indent: number): string[] {
  const room = Math.max(20, columns - indent);
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const UNITS = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A duration argument in ms: `800ms`, `1.5s`, `30m` (or `30min`), `2h`, `1d`.
 *
 * @throws CliError (usage) without a unit, or outside of low..high ms
 */
export function parseDuration(option: string, text: string, low: number, high: number): number {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/.exec(text.trim());
  if (!found)
    throw new CliError(
      EXIT.usage,
      `${option}: '${clean(text)}' is not a duration`,
      'Give a number with its unit: 800ms, 2s, 30m, 2h or 1d.',
    );
  const value = Math.round(Number(found[1]) * UNITS[found[2] as keyof typeof UNITS]);
  if (value < low || value > high)
    throw new CliError(
      EXIT.usage,
      `${option}: ${text} is outside of ${inUnits(low)} to ${inUnits(high)}`,
    );
  return value;
}

/** In the largest unit that leaves a whole number: `90 s`, `30 d`. */
function inUnits(ms: number): string {
  for (const unit of ['d', 'h', 'min', 's'] as const)
    if (ms > 0 && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]} ${unit}`;
  return `${ms} ms`;
}

/**
 * A whole number argument.
 *
 * @throws CliError (usage) for anything else than digits, or outside of low..high
 */
export function parseCount(option: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high))
    throw new CliError(
      EXIT.usage,
      `${option}: '${clean(text)}' is not a whole number from ${low} to ${high}`,
    );
  return value;
}

const clean = (text: string): string => text.replace(/\p{Cc}/gu, '?').slice(0, 40);
