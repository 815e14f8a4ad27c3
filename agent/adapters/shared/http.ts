/**
 * HTTP to one receiver over connections that are kept warm, and replaced as a whole when one of them hangs. Redirects are
 * never followed: an alarm goes where the operator said, and nowhere else.
 */
// Of the whole package only these: its main entry would cost the agent some MB more.
import { request } from 'undici/lib/api/index.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Attempt } from '../../outbox/destination.ts';
import { startTimer } from '../../time.ts';
import type { SendResult } from '../../types.ts';
import { rememberingLookup } from './lookup.ts';
import { describe, isYoung, retry } from './settle.ts';

/** Unless the receiver says otherwise; longer than the time between two heartbeats, so that one is always open. */
const KEEP_ALIVE_MS = 60_000;
const CONNECTIONS_MAX = 64;
/** Of an answer's body that nobody reads; more, and the connection is given up instead. */
const UNREAD_MAX = 16 * 1024;
/** Of an answer's body that is read. */
const READ_MAX = 1024 * 1024;
/** A connection attempt into a dead path is given up after this. */
const CONNECT_TIMEOUT_MS = 2000;
/**
 * Statuses by which a receiver says that it will never take this body (RFC 9110; 422: RFC 9110, 15.5.21). All else can be
 * mended on either side while the notice waits: a token, a path, a redirect, a receiver that is ill.
 */
const NEVER = new Set([400, 406, 411, 413, 414, 415, 422]);

export interface Tls {
  /** PEM; then only these authorities are trusted. */
  ca?: string | undefined;
  /** PEM of our own certificate and its key. */
  cert?: string | undefined;
  key?: string | undefined;
}

export interface HttpOptions {
  /** Scheme, host and port are taken of it. */
  url: string;
  headers?: Record<string, string>;
  tls?: Tls;
  /** After this an attempt is overtaken by a fresh one, ms. */
  timeout_ms: number;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** The answer's text is wanted. Else its status is the acknowledgement, and the body is thrown away behind. */
  read?: boolean;
}

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Empty unless `read`. */
  text: string;
}

/** No answer, or none that can be used. */
export interface Unanswered {
  failure: string;
}

export class HttpClient {
  readonly #options: HttpOptions;
  #tls: Tls;
  readonly #lookup = rememberingLookup();
  readonly #running = new Set<AbortController>();
  #pool: Pool;
  #poolAt = performance.now();
  readonly #retired = new Set<Pool>();
  #closed = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#tls = options.tls ?? {};
    this.#pool = this.#open();
  }

  #open(): Pool {
    return new Pool(new URL(this.#options.url).origin, {
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
        ...this.#tls,
      },
    });
  }

  /**
   * New connections from now on. The old ones may finish what they have begun. Does nothing when they are young: then
   * another alarm's attempt has replaced them already.
   */
  #refresh(): void {
    if (!isYoung(this.#poolAt, this.#options.timeout_ms)) this.#replace();
  }

  /** The same with other certificates, at once. */
  renew(tls: Tls): void {
    this.#tls = tls;
    if (!this.#closed) this.#replace();
  }

  #replace(): void {
    const old = this.#pool;
    this.#pool = this.#open();
    this.#poolAt = performance.now();
    this.#retired.add(old);
    // Ends when its requests have ended, which their deadlines see to.
    old
      .close()
      .catch(() => {})
      .finally(() => this.#retired.delete(old));
  }

  /** Never rejects, and settles within the attempt's deadline. */
  async request(wanted: HttpRequest, attempt: Attempt): Promise<Answered | Unanswered> {
    if (this.#closed) return { failure: 'the agent ends' };
    if (attempt.fresh) this.#refresh();
    const abort = new AbortController();
    const timer = startTimer(attempt.deadline_ms, () => abort.abort());
    this.#running.add(abort);
    try {
      const answer = await request.call(this.#pool, {
        method: wanted.method,
        path: wanted.path,
        headers: { 'user-agent': 'pathwarden', ...this.#options.headers, ...wanted.headers },
        ...(wanted.body === undefined ? {} : { body: wanted.body }),
        signal: abort.signal,
      });
      const { statusCode: status, headers, body } = answer;
      if (wanted.read) return { status, headers, text: await readAll(body) };
      const limit = AbortSignal.timeout(attempt.deadline_ms);
      body.dump({ limit: UNREAD_MAX, signal: limit }).catch(() => {});
      return { status, headers, text: '' };
    } catch (error) {
      if (this.#closed) return { failure: 'the agent ends' };
      if (abort.signal.aborted) return { failure: `no answer within ${attempt.deadline_ms} ms` };
      return { failure: describe(error) };
    } finally {
      timer.cancel();
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

/** @throws Error when it is larger than READ_MAX; then its connection is given up */
async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > READ_MAX) throw new Error(`an answer of more than ${READ_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What an answer says about a notice, for receivers whose status alone counts. */
export function judgeAnswer(answer: Answered | Unanswered): SendResult {
  if ('failure' in answer) return retry(answer.failure);
  return judge(answer.status, answer.headers['retry-after']);
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
