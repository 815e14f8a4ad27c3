/** The kinds of adapters there are: one line for each folder. */
import type { AdapterSchemas, AdapterSettings } from '../config.ts';
import type { Adapter, AdapterContext, AdapterKind } from './adapter.ts';
import { adapter as webhook } from './webhook/index.ts';

export type { Adapter, AdapterContext, AdapterKind } from './adapter.ts';

export const adapterKinds: Readonly<Record<string, AdapterKind>> = {
  webhook: webhook as unknown as AdapterKind,
};

/** For loadConfig. */
export const adapterSchemas: AdapterSchemas = Object.fromEntries(
  Object.values(adapterKinds).map(({ kind, schema }) => [kind, schema]),
);

/** Rejects when a file that the settings name cannot be used. */
export async function createAdapter(
  settings: AdapterSettings,
  context: AdapterContext,
): Promise<Adapter> {
  const kind = adapterKinds[settings.kind];
  if (!kind) throw new Error(`adapter ${settings.name}: unknown kind ${settings.kind}`);
  return kind.create(settings, context);
}
