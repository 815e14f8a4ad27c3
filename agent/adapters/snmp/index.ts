/** Tells an SNMP manager by informs, or traps: linkDown and linkUp of IF-MIB, and each alarm change as PATHWARDEN-MIB has it. */
import type { AdapterKind } from '../adapter.ts';
import { alarmNotifications, rebuiltNotification } from './map.ts';
import { type SnmpSettings, snmpSettings } from './settings.ts';

export const adapter: AdapterKind<SnmpSettings> = {
  kind: 'snmp',
  schema: snmpSettings,
  says: () => true,
  map: alarmNotifications,
  mapRebuilt: rebuiltNotification,
  async create(settings, context) {
    const { createSnmp } = await import('./client.ts');
    return await createSnmp(settings, context);
  },
};
