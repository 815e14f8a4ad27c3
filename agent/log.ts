/**
 * Logs: one JSON object per line on stderr, each with journald's priority prefix (`<3>`, sd-daemon(3)).
 * Writing never blocks the event loop: lines wait in a bounded buffer for a thread of the pool, and are
 * dropped and counted when whoever reads stderr is too slow.
 */
import { pino } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface LogFn {
  (message: string): void;
  (fields: object, message: string): void;
}

export interface Log {
  fatal: LogFn;
  error: LogFn;
  warn: LogFn;
  info: LogFn;
  debug: LogFn;
  trace: LogFn;
  /** A log whose lines all carry `fields`, e.g. `{ room: 'outbox' }`. */
  child(fields: Record<string, unknown>): Log;
}

export interface LogSink {
  log: Log;
  /** Changes the level of the whole log. */
  setLevel(level: LogLevel): void;
  /** From now on this text (≥ 4 characters) reads `[secret]` in every line, wherever it stands. */
  hide(secret: string): void;
  /** Lines dropped since the start because the reader was too slow. */
  dropped(): number;
  /** Ends when what is buffered was written, or after `timeoutMs` (default 500). */
  flush(timeoutMs?: number): Promise<void>;
}

/** syslog(3) priorities by pino's level numbers. */
const PRIORITY: Record<number, string> = {
  10: '<7>',
  20: '<7>',
  30: '<6>',
  40: '<4>',
  50: '<3>',
  60: '<2>',
};

const SECRET_KEYS = ['authorization', 'token', 'password', 'secret', 'headers'];

/** Both `{ token }` and `{ anything: { token } }`. */
const REDACTED = SECRET_KEYS.flatMap(key => [key, `*.${key}`, `*.*.${key}`]);

/** Buffered bytes above which lines are dropped. */
const BUFFER_MAX = 256 * 1024;

/** `https://user:pass@host` → `https://[secret]@host`. The class excludes `/` so that it stays linear. */
const USERINFO = /(:\/\/)[^\s/"@]+@/g;

export interface LogOptions {
  level?: LogLevel;
  /** File descriptor, default 2 (stderr). */
  fd?: number;
  bufferMax?: number;
}

/** Opens the log. Never throws on a full, closed or missing reader. */
export function openLog(options: LogOptions = {}): LogSink {
  const sink = pino.destination({
    fd: options.fd ?? 2,
    sync: false,
    // 1, not 0: with 0 its flush does nothing.
    minLength: 1,
    maxLength: options.bufferMax ?? BUFFER_MAX,
  });
  // pino would call it when the process exits, and wait for a reader that does not read.
  sink.flushSync = () => {};
  let dropped = 0;
  let told = 0;
  const secrets = new Set<string>();
  sink.on('drop', () => {
    dropped += 1;
  });
  sink.on('drain', () => {
    if (dropped === told) return;
    const line = {
      level: 40,
      time: new Date().toISOString(),
      msg: `${dropped - told} log lines dropped`,
    };
    told = dropped;
    sink.write(`<4>${JSON.stringify(line)}\n`);
  });
  // A closed reader (EPIPE) is no reason to stop watching; the line is lost and counted.
  sink.on('error', () => {
    dropped += 1;
  });

  const scrub = (line: string): string => {
    let out = line.includes('@') ? line.replace(USERINFO, '$1[secret]@') : line;
    for (const secret of secrets) out = out.replaceAll(secret, '[secret]');
    return out;
  };
  const destination = {
    // pino sets lastLevel before each write when a stream carries this symbol.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string): void {
      sink.write(`${PRIORITY[this.lastLevel] ?? '<6>'}${scrub(line)}`);
    },
  };
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED, censor: '[secret]' },
    },
    destination as unknown as pino.DestinationStream,
  );

  return {
    log: logger as unknown as Log,
    setLevel: level => {
      logger.level = level;
    },
    hide: secret => {
      // Shorter ones would blacken ordinary words.
      if (secret.length >= 4) secrets.add(JSON.stringify(secret).slice(1, -1));
    },
    dropped: () => dropped,
    flush: (timeoutMs = 500) =>
      new Promise(resolve => {
        const timer = setTimeout(resolve, timeoutMs);
        sink.flush(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** Takes every line and does nothing: for tests and for tools that print their own text. */
export const silentLog: Log = {
  fatal: () => {},
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  trace: () => {},
  child: () => silentLog,
};
