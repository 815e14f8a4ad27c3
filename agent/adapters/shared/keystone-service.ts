/** Requests to one service of an OpenStack: with a token, to the place that the catalogue or the settings name. */
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import type { AdapterContext } from '../adapter.ts';
import { type Answered, HttpClient, judge, type Tls } from './http.ts';
import { Keystone, type Withheld } from './keystone.ts';
import type { KeystoneAuth } from './keystone-settings.ts';
import { findEndpoint, type Token } from './keystone-token.ts';
import { parseJson } from './parse-json.ts';

export interface ServiceSettings {
  name: string;
  timeout_ms: number;
  auth: KeystoneAuth;
  /** Instead of the catalogue's. */
  endpoint?: string | undefined;
}

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Below the endpoint, with its query. */
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

export interface ServiceAnswer {
  status: number;
  retryAfter: string | string[] | undefined;
  /** JSON; null: it was none. */
  body: unknown;
  /** What the service says is wrong; may be empty. */
  message: string;
}

export class Service {
  readonly #settings: ServiceSettings;
  readonly #types: readonly string[];
  readonly #keystone: Keystone;
  #client: { url: string; http: HttpClient; path: string; tls: Tls } | null = null;
  #closed = false;

  /** `types`: of the catalogue. Rejects when a file that the settings name cannot be used. */
  static async open(
    settings: ServiceSettings,
    types: readonly string[],
    context: AdapterContext,
  ): Promise<Service> {
    const { auth, timeout_ms, name } = settings;
    return new Service(settings, types, await Keystone.open(auth, timeout_ms, name, context));
  }

  private constructor(settings: ServiceSettings, types: readonly string[], keystone: Keystone) {
    this.#settings = settings;
    this.#types = types;
    this.#keystone = keystone;
  }

  start(): void {
    this.#keystone.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#keystone.close(), this.#client?.http.close()]);
  }

  /** Never rejects, and settles within the attempt's deadline. A token that is refused is replaced once. */
  async request(wanted: ServiceRequest, attempt: Attempt): Promise<ServiceAnswer | Withheld> {
    const end = performance.now() + attempt.deadline_ms;
    for (let nr = 1; ; nr++) {
      const left = (): number => Math.max(1, Math.floor(end - performance.now()));
      const token = await this.#keystone.token({ deadline_ms: left(), fresh: attempt.fresh });
      if ('failure' in token) return token;
      const client = this.#clientFor(token);
      if ('failure' in client) return { ...client, after_ms: null };
      const { method, path, headers, body } = wanted;
      const answer = await client.http.request(
        {
          method,
          path: `${client.path}${path}`,
          headers: {
            accept: 'application/json',
            'x-auth-token': token.id,
            ...(body && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body && { body: JSON.stringify(body) }),
          read: true,
        },
        { deadline_ms: left(), fresh: attempt.fresh && nr === 1 },
      );
      if ('failure' in answer) {
        return { failure: this.#keystone.scrub(answer.failure), after_ms: null };
      }
      const rejected = answer.status === 401 && this.#keystone.reject(token);
      if (!rejected || nr > 1) return this.#read(answer);
    }
  }

  #clientFor(token: Token): { http: HttpClient; path: string } | { failure: string } {
    if (this.#closed) return { failure: 'the agent ends' };
    const { auth, timeout_ms, endpoint } = this.#settings;
    const found =
      endpoint === undefined
        ? findEndpoint(token.catalog, {
            types: this.#types,
            interface: auth.interface,
            region: auth.region_name,
          })
        : { url: endpoint.replace(/\/+$/, '') };
    if ('failure' in found) return found;
    const { url } = found;
    const { tls } = this.#keystone;
    if (this.#client?.url === url) {
      if (this.#client.tls !== tls) this.#client.http.renew(tls);
      this.#client.tls = tls;
      return this.#client;
    }
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return { failure: 'the catalogue names no http or https URL: set endpoint' };
    const { protocol, pathname } = new URL(url);
    // A token that came encrypted does not go on in the clear, unless the operator says so.
    if (endpoint === undefined && protocol === 'http:' && auth.auth_url.startsWith('https:'))
      return { failure: `the catalogue leads from https to ${url}: set endpoint if that is meant` };
    const http = new HttpClient({ url, tls, timeout_ms });
    void this.#client?.http.close();
    this.#client = { url, http, path: pathname.replace(/\/+$/, ''), tls };
    return this.#client;
  }

  #read({ status, headers, text }: Answered): ServiceAnswer {
    const body = parseJson(text);
    const message = this.#keystone.scrub(messageOf(body));
    return { status, retryAfter: headers['retry-after'], body, message };
  }
}

/** Of `{"badRequest": {"code": 400, "message": "…"}}`, whatever the first key is. */
function messageOf(body: unknown): string {
  if (body === null || typeof body !== 'object') return '';
  for (const inner of Object.values(body)) {
    const message = (inner as { message?: unknown } | null)?.message;
    if (typeof message === 'string') return message;
  }
  return '';
}

/** What an answer that is no success says about a notice; null: it is one. `what` was asked: `os-services`. */
export function unsuccessful(answer: ServiceAnswer | Withheld, what: string): SendResult | null {
  if ('failure' in answer) {
    return { outcome: 'retry', reason: answer.failure, after_ms: answer.after_ms };
  }
  const result = judge(answer.status, answer.retryAfter);
  if (result.outcome === 'delivered') return null;
  const reason = `${what}: ${result.reason}${answer.message && `: ${answer.message}`}`;
  return { ...result, reason };
}
