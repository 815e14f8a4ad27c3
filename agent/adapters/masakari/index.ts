/** Tells Masakari that a host, an instance or a service has failed, so that it recovers what ran there. */
import type { AdapterKind } from '../adapter.ts';
import { masakariNotice } from './map.ts';
import { type MasakariSettings, masakariSettings } from './settings.ts';

export const adapter: AdapterKind<MasakariSettings> = {
  kind: 'masakari',
  schema: masakariSettings,
  says: () => true,
  map: masakariNotice,
  async create(settings, context) {
    const { createMasakari } = await import('./client.ts');
    return await createMasakari(settings, context);
  },
};
