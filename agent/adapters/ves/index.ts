/** Tells a VES event listener (ONAP, version 7.2.1): a fault event for each alarm change, state changes, and a heartbeat. */
import type { AdapterKind } from '../adapter.ts';
import { vesEvents } from './map.ts';
import { type VesSettings, vesSettings } from './settings.ts';

export const adapter: AdapterKind<VesSettings> = {
  kind: 'ves',
  schema: vesSettings,
  says: () => true,
  map: vesEvents,
  async create(settings, context) {
    const { createVes } = await import('./client.ts');
    return await createVes(settings, context);
  },
};
