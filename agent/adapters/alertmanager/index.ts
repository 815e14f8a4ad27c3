/** Tells an Alertmanager (API v2): alerts that fire until they are resolved, sent again before they expire. */
import type { AdapterKind } from '../adapter.ts';
import { postableAlerts } from './map.ts';
import { type AlertmanagerSettings, alertmanagerSettings } from './settings.ts';

export const adapter: AdapterKind<AlertmanagerSettings> = {
  kind: 'alertmanager',
  schema: alertmanagerSettings,
  says: () => true,
  map: postableAlerts,
  async create(settings, context) {
    const { createAlertmanager } = await import('./client.ts');
    return await createAlertmanager(settings, context);
  },
};
