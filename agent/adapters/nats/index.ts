/** Publishes to a NATS JetStream, which stores each event before it acknowledges it: the bus for fleets of hosts. */
import type { AdapterKind } from '../adapter.ts';
import { alarmMessage, rebuiltMessage } from './map.ts';
import { type NatsSettings, natsSettings } from './settings.ts';

export const adapter: AdapterKind<NatsSettings> = {
  kind: 'nats',
  schema: natsSettings,
  says: () => true,
  map: alarmMessage,
  mapRebuilt: rebuiltMessage,
  async create(settings, context) {
    const { createNats } = await import('./client.ts');
    return await createNats(settings, context);
  },
};
