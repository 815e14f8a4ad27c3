/** Calls to OpenStack with a token of an account. */
import { type Account, OPENSTACK_URLS } from './config.ts';

export type ApiName = keyof typeof OPENSTACK_URLS;

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else the text; null: it was empty. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the other side says; a test states what it expects of it
  body: any;
}

const TIMEOUT_MS = 60_000;
/** By it a service of Nova has a UUID. */
const MICROVERSIONS: Partial<Record<ApiName, string>> = { nova: 'compute 2.53' };

export class Api {
  readonly #account: Account;
  #token: string | null = null;

  constructor(account: Account) {
    this.#account = account;
  }

  /** path: below the endpoint, with a slash in front. Any status is an answer; a token that is no longer taken is renewed once. */
  async call(
    method: string,
    service: ApiName,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = `${OPENSTACK_URLS[service]}${path}`;
    const version = MICROVERSIONS[service];
    const ask = async (token: string) =>
      request(method, url, body, {
        'X-Auth-Token': token,
        ...(version === undefined ? {} : { 'OpenStack-API-Version': version }),
        ...headers,
      });
    this.#token ??= await issueToken(this.#account);
    const answer = await ask(this.#token);
    if (answer.status !== 401) return answer;
    this.#token = await issueToken(this.#account);
    return ask(this.#token);
  }
}

/** A token for the account's project. Throws when Keystone gives none. */
export async function issueToken({
  username,
  password,
  project,
  domain,
}: Account): Promise<string> {
  const user = { name: username, domain: { id: domain }, password };
  const { status, headers } = await request('POST', `${OPENSTACK_URLS.keystone}/auth/tokens`, {
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: project, domain: { id: domain } } },
    },
  });
  const token = headers.get('x-subject-token');
  if (token === null) throw new Error(`no token for ${username}: HTTP ${status}`);
  return token;
}

async function request(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
