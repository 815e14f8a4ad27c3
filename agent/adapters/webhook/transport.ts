/** POSTs to one endpoint over connections that are kept warm, and replaced as a whole when one of them hangs. */
// Of the whole package only these: its main entry would cost the agent some MB more.
import { request } from 'undici/lib/api/index.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import { rememberingLookup } from './lookup.ts';

/** Unless the receiver says otherwise; longer than the time between two heartbeats, so that one is always open. */
const KEEP_ALIVE_MS = 60_000;
const CONNECTIONS_MAX = 64;
/** Of an answer's body, which nobody reads; more, and the connection is given up instead. */
const BODY_MAX = 16 * 1024;
/** A connection attempt into a dead path is given up after this. */
const CONNECT_TIMEOUT_MS = 2000;
/**
 * Statuses by which a receiver says that it will never take this body (RFC 9110; 422: RFC 9110, 15.5.21). All else can be
 * mended on either side while the notice waits: a token, a path, a redirect, a receiver that is ill.
 */
const NEVER = new Set([400, 406, 411, 413, 414, 415, 422]);

export interface TransportOptions {
  url: string;
  headers: Record<string, string>;
  /** Read for each request, since the token may change. */
  token: () => string | null;
  ca: string | null;
  /** Connections at least this old are not fresh, ms. */
  timeout_ms: number;
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #url: URL;
  readonly #lookup = rememberingLookup();
  readonly #running = new Set<AbortController>();
  #pool: Pool;
  #poolAt = performance.now();
  readonly #retired = new Set<Pool>();
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#pool = this.#open();
  }

  #open(): Pool {
    const { ca } = this.#options;
    return new Pool(this.#url.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      // One connection for all would hang as a whole.
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Each attempt has its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        lookup: this.#lookup as never,
        noDelay: true,
        ...(ca === null ? {} : { ca }),
      },
    });
  }

  /**
   * New connections from now on. The old ones may finish what they have begun. Does nothing when they are younger than
   * an attempt's time: then another alarm's attempt has replaced them already.
   */
  #refresh(): void {
    const now = performance.now();
    if (now - this.#poolAt < this.#options.timeout_ms) return;
    const old = this.#pool;
    this.#pool = this.#open();
    this.#poolAt = now;
    this.#retired.add(old);
    // Ends when its requests have ended, which their deadlines see to.
    old
      .close()
      .catch(() => {})
      .finally(() => this.#retired.delete(old));
  }

  /** Sends one event. Never rejects. */
  async post(body: string, attempt: Attempt): Promise<SendResult> {
    if (this.#closed) return { outcome: 'retry', reason: 'the agent ends', after_ms: null };
    if (attempt.fresh) this.#refresh();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), attempt.deadline_ms);
    this.#running.add(abort);
    try {
      const token = this.#options.token();
      const {
        statusCode,
        headers,
        body: answer,
      } = await request.call(this.#pool, {
        method: 'POST',
        path: `${this.#url.pathname}${this.#url.search}`,
        headers: {
          'user-agent': 'pathwarden',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...this.#options.headers,
        },
        body,
        signal: abort.signal,
      });
      // The status is the acknowledgement; the body is only read so that the connection can be used again.
      const limit = AbortSignal.timeout(attempt.deadline_ms);
      answer.dump({ limit: BODY_MAX, signal: limit }).catch(() => {});
      return judge(statusCode, headers['retry-after']);
    } catch (error) {
      const reason = abort.signal.aborted
        ? `no answer within ${attempt.deadline_ms} ms`
        : describe(error);
      return { outcome: 'retry', reason, after_ms: null };
    } finally {
      clearTimeout(timer);
      this.#running.delete(abort);
    }
  }

  /** Gives up what is under way and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const abort of this.#running) abort.abort();
    await Promise.all([this.#pool, ...this.#retired].map(pool => pool.destroy().catch(() => {})));
  }
}

/** What an HTTP status says about a notice. */
export function judge(status: number, retryAfter: string | string[] | undefined): SendResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  const reason = `HTTP ${status}`;
  if (NEVER.has(status)) return { outcome: 'refused', reason };
  return { outcome: 'retry', reason, after_ms: afterMs(retryAfter) };
}

/** Retry-After (RFC 9110, 10.2.3): seconds or a date; ms from now, null when absent or neither. */
function afterMs(value: string | string[] | undefined): number | null {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse alone takes `-5` for a year.
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code && !message.includes(code) ? `${code}: ${message}` : message;
}
