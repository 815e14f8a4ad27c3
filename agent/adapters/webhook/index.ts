/** Tells a receiver by HTTP POST, one CloudEvent for each alarm change, and a heartbeat so that it notices when we are dead. */
import type { AdapterKind } from '../adapter.ts';
import { alarmEvent, rebuiltEvent } from './map.ts';
import { type WebhookSettings, webhookSettings } from './settings.ts';

export const adapter: AdapterKind<WebhookSettings> = {
  kind: 'webhook',
  schema: webhookSettings,
  says: () => true,
  map: alarmEvent,
  mapRebuilt: rebuiltEvent,
  async create(settings, context) {
    const { createWebhook } = await import('./client.ts');
    return await createWebhook(settings, context);
  },
};
