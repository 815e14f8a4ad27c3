/** Sends the notifications of a notice one after another; it is delivered when the manager has answered the last inform. */
import { readSecret } from '../../secret.ts';
import type { SendResult } from '../../types.ts';
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { rememberingLookup } from '../shared/lookup.ts';
import { settled } from '../shared/settle.ts';
import { Warm } from '../shared/warm.ts';
import { engineIdOf } from './engine.ts';
import { linkVarbinds } from './link.ts';
import type { Notification, Varbind } from './map.ts';
import { type Access, SnmpSession } from './session.ts';
import type { SnmpSettings } from './settings.ts';

/** RFC 3414, 11.2. */
const PASSWORD_MIN = 8;

/** Rejects when a file that the settings name cannot be used. */
export async function createSnmp(
  settings: SnmpSettings,
  context: AdapterContext,
): Promise<AdapterClient> {
  const { engine_id, enterprise } = settings;
  const engineId = engine_id
    ? Buffer.from(engine_id, 'hex')
    : engineIdOf(context.source, enterprise);
  return new Snmp(settings, engineId, await readAccess(settings, context.hide));
}

/** @throws Error that names the file which cannot be used, never its text */
async function readAccess(settings: SnmpSettings, hide: (text: string) => void): Promise<Access> {
  const { community_file, auth_file, priv_file } = settings;
  const secret = async (file: string | undefined, min: number) => {
    if (!file) return '';
    const text = await readSecret(file);
    hide(text);
    if (text.length >= min) return text;
    throw new Error(`${file}: a password has at least ${min} characters`);
  };
  return {
    community: (await secret(community_file, 1)) || 'public',
    auth: await secret(auth_file, PASSWORD_MIN),
    priv: await secret(priv_file, PASSWORD_MIN),
  };
}

class Snmp implements AdapterClient {
  readonly #warm: Warm<SnmpSession>;

  constructor(settings: SnmpSettings, engineId: Buffer, access: Access) {
    const shared = { settings, access, engineId, lookup: rememberingLookup() };
    // A new socket has another source port, and asks the manager for its engine anew.
    this.#warm = new Warm({
      open: () => new SnmpSession(shared),
      timeout_ms: settings.timeout_ms,
    });
  }

  send: AdapterClient['send'] = (payload, attempt) =>
    settled(this.#sendAll(payload as Notification[], attempt.fresh), attempt.deadline_ms);

  async #sendAll(all: Notification[], fresh: boolean): Promise<SendResult> {
    const session = await this.#warm.take(fresh);
    for (const notification of all) {
      const varbinds = await varbindsOf(notification);
      if (!varbinds) continue;
      const result = await session.notify(notification, varbinds);
      if (result.outcome !== 'delivered') return result;
    }
    return { outcome: 'delivered' };
  }

  async close(): Promise<void> {
    this.#warm.close();
  }
}

/** Null: it is about a link that is gone. */
async function varbindsOf({ link, varbinds }: Notification): Promise<Varbind[] | null> {
  if (!link) return varbinds;
  const own = await linkVarbinds(link);
  return own && [...own, ...varbinds];
}
