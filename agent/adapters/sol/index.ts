/** Tells an NFV orchestrator or EM: fault management notifications of ETSI GS NFV-SOL 003 or NFV-SOL 005. */
import type { AdapterKind } from '../adapter.ts';
import { alarmListRebuiltNotification, alarmNotification } from './map.ts';
import { type SolSettings, solSettings } from './settings.ts';

export const adapter: AdapterKind<SolSettings> = {
  kind: 'sol',
  schema: solSettings,
  says: () => true,
  map: alarmNotification,
  mapRebuilt: alarmListRebuiltNotification,
  async create(settings, context) {
    const { createSol } = await import('./client.ts');
    return await createSol(settings, context);
  },
};
