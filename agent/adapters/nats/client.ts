/** Publishes over one warm connection; a notice is delivered when a stream has stored it. */
import { readSecret, readText } from '../../secret.ts';
import type { SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { CONTENT_TYPE } from '../shared/cloud-event.ts';
import { readTls } from '../shared/credentials.ts';
import { rememberingLookup } from '../shared/lookup.ts';
import { retry, settled } from '../shared/settle.ts';
import { Warm } from '../shared/warm.ts';
import { judge, noStream } from './answer.ts';
import { NatsConnection } from './connection.ts';
import type { NatsMessage } from './map.ts';
import type { NatsSettings } from './settings.ts';
import { createRequest } from './stream.ts';

type Login = (nonce: string | undefined) => object;

/** Rejects when a file that the settings name cannot be used. */
export async function createNats(
  settings: NatsSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const access = async () => ({
    tls: await readTls(settings),
    login: await readLogin(settings, context.hide),
  });
  await access();
  return new Nats(settings, context, access);
}

/** What CONNECT says about who we are. */
async function readLogin(settings: NatsSettings, hide: (text: string) => void): Promise<Login> {
  const { user, password_file, token_file, creds_file, nkey_file } = settings;
  const secret = async (file: string) => {
    const text = await readSecret(file);
    hide(text);
    return text;
  };
  if (user !== undefined && password_file) {
    const pass = await secret(password_file);
    return () => ({ user, pass });
  }
  if (token_file) {
    const auth_token = await secret(token_file);
    return () => ({ auth_token });
  }
  const file = creds_file ?? nkey_file;
  if (!file) return () => ({});
  const text = (await readText(file)).trim();
  // The seed, and of the JWT what makes it valid.
  for (const word of text.match(/[\w.-]{40,}/g) ?? []) hide(word);
  const { credsAuthenticator, nkeyAuthenticator } = await import('@nats-io/transport-node');
  // The library finds nothing in a file whose last line has no end.
  const bytes = new TextEncoder().encode(creds_file ? `${text}\n` : text);
  const login = creds_file ? credsAuthenticator(bytes) : nkeyAuthenticator(bytes);
  try {
    // Also now: it is time to say that the file is no good.
    login('nonce');
  } catch {
    throw new Error(`${file}: no credentials of a NATS user`);
  }
  return nonce => login(nonce) as object;
}

class Nats implements AdapterClient {
  readonly #settings: NatsSettings;
  readonly #context: AdapterContext;
  readonly #warm: Warm<NatsConnection>;
  /** The stream is being made: one request for all who miss it. */
  #creating: Promise<string | null> | null = null;

  constructor(
    settings: NatsSettings,
    context: AdapterContext,
    access: ConstructorParameters<typeof NatsConnection>[0]['access'],
  ) {
    this.#settings = settings;
    this.#context = context;
    const { urls, timeout_ms } = settings;
    const lookups = urls.map(() => rememberingLookup());
    const shared = { urls, lookups, name: `pathwarden ${context.source}`, access };
    this.#warm = new Warm({ open: n => new NatsConnection(shared, n), timeout_ms });
  }

  send: AdapterClient['send'] = (payload, attempt) =>
    settled(this.#publish(payload as NatsMessage, attempt.fresh), attempt.deadline_ms);

  async #publish(message: NatsMessage, fresh: boolean): Promise<SendResult> {
    const connection = await this.#warm.take(fresh);
    const { subject, id, event } = message;
    const body = JSON.stringify(event);
    const headers = { 'Nats-Msg-Id': id, 'content-type': CONTENT_TYPE };
    const size = Buffer.byteLength(body) + 1024;
    if (connection.max_payload > 0 && size > connection.max_payload) {
      const reason = `${size} bytes are more than the ${connection.max_payload} that the server takes`;
      return { outcome: 'refused', reason };
    }
    const answer = await connection.request(subject, headers, body);
    if (!noStream(answer) || !this.#settings.create_stream) return judge(answer, subject);
    const complaint = await this.#createStream(connection);
    if (complaint !== null) return retry(complaint);
    return judge(await connection.request(subject, headers, body), subject);
  }

  /** Null: it is there now. */
  async #createStream(connection: NatsConnection): Promise<string | null> {
    const wanted = this.#settings.create_stream;
    if (!wanted) return null;
    this.#creating ??= createRequest(connection, wanted).finally(() => {
      this.#creating = null;
    });
    return await this.#creating;
  }

  start(): void {
    this.#warm.keep(reason => {
      const fields = { adapter: this.#settings.name, reason };
      if (reason === null) this.#context.log.info(fields, 'connected to the server');
      else this.#context.log.warn(fields, 'no connection to the server');
    });
  }

  async close(): Promise<void> {
    this.#warm.close();
  }
}
