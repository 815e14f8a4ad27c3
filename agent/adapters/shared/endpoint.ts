/** One receiver of JSON over HTTP, with the credentials of its settings; their files are read again while it runs. */
import { isDeepStrictEqual } from 'node:util';
import type { AdapterSettings } from '../../config.ts';
import type { Attempt } from '../../outbox/destination.ts';
import type { SendResult } from '../../types.ts';
import type { AdapterContext } from '../adapter.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { type Answered, HttpClient, judgeAnswer, type Unanswered } from './http.ts';
import type { HttpSettings } from './http-settings.ts';
import { Reread } from './reread.ts';

export type EndpointSettings = HttpSettings & AdapterSettings;

const JSON_TYPE = { 'content-type': 'application/json' };

/** @throws Error when a file that the settings name cannot be used */
export async function openEndpoint(
  settings: EndpointSettings,
  context: AdapterContext,
): Promise<Endpoint> {
  return new Endpoint(settings, context, await readCredentials(settings, context.hide));
}

export class Endpoint {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #query: string;
  readonly #reread: Reread | null;
  #credentials: Credentials;

  constructor(settings: EndpointSettings, context: AdapterContext, credentials: Credentials) {
    this.#credentials = credentials;
    const { name, url, headers, timeout_ms } = settings;
    for (const value of Object.values(headers)) context.hide(value);
    const { pathname, search } = new URL(url);
    this.#path = pathname;
    this.#query = search;
    this.#http = new HttpClient({ url, headers, tls: credentials.tls, timeout_ms });
    const { token_file, password_file, ca_file, cert_file } = settings;
    const files = [token_file, password_file, ca_file, cert_file].some(Boolean);
    const read = async () => this.#take(await readCredentials(settings, context.hide));
    this.#reread = files ? new Reread({ adapter: name, log: context.log, read }) : null;
  }

  #take(credentials: Credentials): void {
    const renewed = !isDeepStrictEqual(credentials.tls, this.#credentials.tls);
    this.#credentials = credentials;
    if (renewed) this.#http.renew(credentials.tls);
  }

  /** `under`: below the path of the URL, e.g. `/eventBatch`. Never rejects, and settles within the deadline. */
  async request(
    body: string,
    attempt: Attempt,
    headers: Record<string, string> = JSON_TYPE,
    under = '',
  ): Promise<Answered | Unanswered> {
    const path = under ? `${this.#path.replace(/\/+$/, '')}${under}` : this.#path;
    return await this.#http.request(
      { method: 'POST', path: `${path}${this.#query}`, headers: this.#signed(headers), body },
      attempt,
    );
  }

  #signed(headers: Record<string, string>): Record<string, string> {
    const { authorization } = this.#credentials;
    return authorization === null ? headers : { ...headers, authorization };
  }

  /** The same for receivers whose status alone counts. */
  async post(
    body: string,
    attempt: Attempt,
    headers?: Record<string, string>,
  ): Promise<SendResult> {
    return judgeAnswer(await this.request(body, attempt, headers));
  }

  /** Delivered: it answers, whatever it says to a GET. Leaves a connection open that the next POST finds warm. */
  async answers(attempt: Attempt): Promise<SendResult> {
    const path = `${this.#path}${this.#query}`;
    const answer = await this.#http.request(
      { method: 'GET', path, headers: this.#signed({}) },
      attempt,
    );
    return 'failure' in answer ? judgeAnswer(answer) : { outcome: 'delivered' };
  }

  start(): void {
    this.#reread?.start();
  }

  async close(): Promise<void> {
    this.#reread?.stop();
    await this.#http.close();
  }
}
