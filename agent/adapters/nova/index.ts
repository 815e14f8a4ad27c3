/** Tells Nova that the host cannot serve: its nova-compute is forced down while an alarm says so, and raised after. */
import type { AdapterKind } from '../adapter.ts';
import { novaNotice } from './map.ts';
import { type NovaSettings, novaSettings } from './settings.ts';

export const adapter: AdapterKind<NovaSettings> = {
  kind: 'nova',
  schema: novaSettings,
  says: () => true,
  map: novaNotice,
  async create(settings, context) {
    const { createNova } = await import('./client.ts');
    return await createNova(settings, context);
  },
};
