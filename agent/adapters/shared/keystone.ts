/**
 * Tokens of one Keystone. Its promises:
 *
 * 1. While a token is good, nobody waits for one: it is renewed before it expires, behind whoever uses it.
 * 2. However many want a token, one request for it is under way; two when the first hangs.
 * 3. While it gives none, Keystone is asked every HOLD_MS at most, and with a secret that it has refused every
 *    REFUSED_HOLD_MS: after some failures in a row it would lock the account.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../log.ts';
import type { Attempt } from '../../outbox/destination.ts';
import { readSecret } from '../../secret.ts';
import { clamp } from '../../time.ts';
import type { AdapterContext } from '../adapter.ts';
import { readTls } from './credentials.ts';
import { HttpClient, judge, type Tls } from './http.ts';
import { type KeystoneAuth, secretOf, tokenRequest } from './keystone-settings.ts';
import { readToken, type Token } from './keystone-token.ts';
import { Reread } from './reread.ts';
import { isYoung, within } from './settle.ts';

/** A request for a token has this long whoever waits for it: hashing a password alone takes up to a second. */
const REQUEST_MS = 10_000;
const HOLD_MS = 500;
const REFUSED_HOLD_MS = 30_000;
/** A token that a service refuses is not replaced before it is this old: its successor would fare no better. */
const REJECT_AGE_MS = 5000;
/** A token is renewed when this part of its time is left, and at the latest so long before it expires. */
const RENEW_PART = 0.2;
const RENEW_MS = 300_000;
/** However short its time is. */
const RENEW_MIN_MS = 1000;

/** There is no token, or no answer, now. */
export interface Withheld {
  failure: string;
  after_ms: number | null;
}

interface Held {
  token: Token;
  got_at: number;
}

export class Keystone {
  readonly auth: KeystoneAuth;
  #tls: Tls;
  readonly #reread: Reread | null;
  readonly #name: string;
  readonly #log: Log;
  readonly #hide: (secret: string) => void;
  readonly #timeout_ms: number;
  readonly #http: HttpClient;
  readonly #path: string;
  #held: Held | null = null;
  #asking: { since: number; answer: Promise<Token | Withheld> } | null = null;
  #inFlight = 0;
  #hold: { until: number; reason: string; secret: string | null } = {
    until: 0,
    reason: '',
    secret: null,
  };
  /** Never to be told: the last secret, and tokens that may still be good. */
  #secrets: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #complaint: string | null = null;
  #closed = false;

  /** Rejects when a file that the settings name cannot be used. */
  static async open(
    auth: KeystoneAuth,
    timeout_ms: number,
    name: string,
    context: AdapterContext,
  ): Promise<Keystone> {
    const keystone = new Keystone(auth, await readTls(auth), timeout_ms, name, context);
    await keystone.#readSecret();
    return keystone;
  }

  private constructor(
    auth: KeystoneAuth,
    tls: Tls,
    timeout_ms: number,
    name: string,
    { log, hide }: AdapterContext,
  ) {
    this.auth = auth;
    this.#tls = tls;
    this.#timeout_ms = timeout_ms;
    this.#name = name;
    this.#log = log;
    this.#hide = hide;
    const { pathname } = new URL(auth.auth_url);
    this.#path = `${pathname.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
    this.#http = new HttpClient({ url: auth.auth_url, tls, timeout_ms });
    const read = async () => this.#renew(await readTls(auth));
    const files = auth.ca_file !== undefined || auth.cert_file !== undefined;
    this.#reread = files ? new Reread({ adapter: name, log, read }) : null;
  }

  /** Of Keystone and the services; another object when its files were exchanged. */
  get tls(): Tls {
    return this.#tls;
  }

  #renew(tls: Tls): void {
    if (isDeepStrictEqual(tls, this.#tls)) return;
    this.#tls = tls;
    this.#http.renew(tls);
  }

  /** Gets the first token, so that alarms find one. */
  start(): void {
    this.#reread?.start();
    if (!this.#held) this.#renewIn(0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#reread?.stop();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#http.close();
  }

  /** Never rejects, and settles within the attempt's deadline. */
  async token(attempt: Attempt): Promise<Token | Withheld> {
    const held = this.#held;
    if (held && performance.now() - held.got_at < held.token.lifetime_ms) return held.token;
    const { deadline_ms, fresh } = attempt;
    const failure = `Keystone: no token within ${deadline_ms} ms`;
    return await within(this.#ask(fresh), deadline_ms, () => ({ failure, after_ms: null }));
  }

  /** A service has answered 401 to it. True: it is worth trying with another one. */
  reject(token: Token): boolean {
    const held = this.#held;
    if (!held || held.token.id !== token.id) return true;
    if (performance.now() - held.got_at < REJECT_AGE_MS) return false;
    this.#held = null;
    return true;
  }

  /** The text without secrets, on one line, not too long: what a receiver says is repeated in logs and in `pathwarden outbox`. */
  scrub(text: string): string {
    let out = text;
    for (const secret of this.#secrets) out = out.replaceAll(secret, '[secret]');
    return out.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 200);
  }

  #ask(fresh: boolean): Promise<Token | Withheld> {
    const now = performance.now();
    const asking = this.#asking;
    const hangs = fresh && asking !== null && !isYoung(asking.since, this.#timeout_ms);
    if (asking && !(hangs && this.#inFlight < 2)) return asking.answer;
    this.#inFlight += 1;
    const answer = this.#fetch(hangs).finally(() => {
      this.#inFlight -= 1;
      if (this.#asking?.answer === answer) this.#asking = null;
    });
    this.#asking = { since: now, answer };
    return answer;
  }

  async #fetch(fresh: boolean): Promise<Token | Withheld> {
    let secret: string;
    try {
      // It may have been exchanged.
      secret = await this.#readSecret();
    } catch (error) {
      return this.#fail((error as Error).message, HOLD_MS, null);
    }
    const { until, reason, secret: refused } = this.#hold;
    const left = until - performance.now();
    if (left > 0 && (refused === null || refused === secret)) {
      return { failure: reason, after_ms: Math.ceil(left) };
    }
    const answer = await this.#http.request(
      {
        method: 'POST',
        path: this.#path,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(tokenRequest(this.auth, secret)),
        read: true,
      },
      { deadline_ms: REQUEST_MS, fresh: fresh || this.#complaint !== null },
    );
    if ('failure' in answer) return this.#fail(`Keystone: ${answer.failure}`, HOLD_MS, null);
    const token = readToken(answer);
    if (token) return this.#take(token);
    const { status } = answer;
    const what = `Keystone: HTTP ${status}`;
    if (status >= 200 && status < 300)
      return this.#fail(`${what}, but no token: is auth_url a Keystone's?`, HOLD_MS, null);
    if (status >= 300 && status < 400)
      return this.#fail(`${what}: auth_url leads elsewhere; name the place itself`, HOLD_MS, null);
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      const remedy = status === 404 ? 'is auth_url right?' : 'is what auth says right?';
      return this.#fail(`${what}: ${remedy}`, REFUSED_HOLD_MS, secret);
    }
    const asked = judge(status, answer.headers['retry-after']);
    const hold = asked.outcome === 'retry' ? (asked.after_ms ?? HOLD_MS) : HOLD_MS;
    return this.#fail(what, clamp(hold, HOLD_MS, REFUSED_HOLD_MS), null);
  }

  async #readSecret(): Promise<string> {
    const secret = await readSecret(secretOf(this.auth));
    if (!this.#secrets.includes(secret)) {
      this.#hide(secret);
      this.#secrets.unshift(secret);
    }
    return secret;
  }

  #take(token: Token): Token {
    this.#held = { token, got_at: performance.now() };
    this.#secrets = [token.id, ...this.#secrets.filter(one => one !== token.id)].slice(0, 8);
    this.#hold = { until: 0, reason: '', secret: null };
    if (this.#complaint !== null)
      this.#log.info({ adapter: this.#name }, 'Keystone gives tokens again');
    this.#complaint = null;
    const spare = Math.min(token.lifetime_ms * RENEW_PART, RENEW_MS);
    this.#renewIn(Math.max(token.lifetime_ms - spare, RENEW_MIN_MS));
    return token;
  }

  #fail(failure: string, hold_ms: number, secret: string | null): Withheld {
    const reason = this.scrub(failure);
    this.#hold = { until: performance.now() + hold_ms, reason, secret };
    if (reason !== this.#complaint && !this.#closed)
      this.#log.warn({ adapter: this.#name, reason }, 'Keystone gives no token');
    this.#complaint = reason;
    this.#renewIn(Math.max(2 * hold_ms, REJECT_AGE_MS));
    return { failure: reason, after_ms: hold_ms };
  }

  #renewIn(ms: number): void {
    if (this.#closed) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(false), clamp(ms, 0, 0x7fffffff));
    this.#timer.unref();
  }
}
