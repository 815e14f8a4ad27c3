/** Publishes over one warm connection; a notice is delivered when the broker has confirmed it. */
import { readSecret } from '../../secret.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { readTls } from '../shared/credentials.ts';
import { rememberingLookup } from '../shared/lookup.ts';
import { settled } from '../shared/settle.ts';
import { Warm } from '../shared/warm.ts';
import { type Access, AmqpConnection } from './connection.ts';
import type { OsloMessage } from './map.ts';
import type { AmqpSettings } from './settings.ts';

/** Rejects when a file that the settings name cannot be used. */
export async function createAmqp(
  settings: AmqpSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const read = async (): Promise<Access> => {
    const { password_file } = settings;
    const password = password_file ? await readSecret(password_file) : null;
    if (password !== null) context.hide(password);
    return { password, tls: await readTls(settings) };
  };
  await read();
  return new Amqp(settings, context, read);
}

class Amqp implements AdapterClient {
  readonly #name: string;
  readonly #context: AdapterContext;
  readonly #warm: Warm<AmqpConnection>;

  constructor(settings: AmqpSettings, context: AdapterContext, access: () => Promise<Access>) {
    this.#name = settings.name;
    this.#context = context;
    const shared = {
      settings,
      source: context.source,
      access,
      lookups: settings.urls.map(() => rememberingLookup()),
    };
    this.#warm = new Warm({
      open: n => new AmqpConnection(shared, n),
      timeout_ms: settings.timeout_ms,
    });
  }

  send: AdapterClient['send'] = (payload, attempt) => {
    const publish = async () => {
      // A broker that says it is short of memory does not hang; its heartbeats tell when it does.
      const fresh = attempt.fresh && this.#warm.current?.blocked == null;
      return await (await this.#warm.take(fresh)).publish(payload as OsloMessage);
    };
    return settled(publish(), attempt.deadline_ms);
  };

  start(): void {
    this.#warm.keep(reason => {
      const fields = { adapter: this.#name, reason };
      if (reason === null) this.#context.log.info(fields, 'connected to the broker');
      else this.#context.log.warn(fields, 'no connection to the broker');
    });
  }

  async close(): Promise<void> {
    this.#warm.close();
  }
}
