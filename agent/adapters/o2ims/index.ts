/** Tells an O-RAN SMO: alarm event notifications of the O2ims infrastructure monitoring service. */
import type { AdapterKind } from '../adapter.ts';
import { alarmEventNotification } from './map.ts';
import { type O2imsSettings, o2imsSettings } from './settings.ts';

export const adapter: AdapterKind<O2imsSettings> = {
  kind: 'o2ims',
  schema: o2imsSettings,
  says: () => true,
  map: alarmEventNotification,
  async create(settings, context) {
    const { createO2ims } = await import('./client.ts');
    return await createO2ims(settings, context);
  },
};
