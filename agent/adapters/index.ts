/** The kinds of adapters there are: one line for each folder. */
import type { AdapterSchemas, AdapterSettings } from '../config.ts';
import type { Destination } from '../outbox/destination.ts';
import type { AdapterContext, AdapterKind } from './adapter.ts';
import { adapter as alertmanager } from './alertmanager/index.ts';
import { adapter as amqp } from './amqp/index.ts';
import { adapter as masakari } from './masakari/index.ts';
import { adapter as nats } from './nats/index.ts';
import { adapter as nova } from './nova/index.ts';
import { adapter as o2ims } from './o2ims/index.ts';
import { routes } from './route.ts';
import { adapter as snmp } from './snmp/index.ts';
import { adapter as sol } from './sol/index.ts';
import { adapter as ves } from './ves/index.ts';
import { adapter as webhook } from './webhook/index.ts';

export type { AdapterContext, AdapterKind } from './adapter.ts';

export const adapterKinds: Readonly<Record<string, AdapterKind>> = {
  webhook: webhook as unknown as AdapterKind,
  nova: nova as unknown as AdapterKind,
  masakari: masakari as unknown as AdapterKind,
  ves: ves as unknown as AdapterKind,
  alertmanager: alertmanager as unknown as AdapterKind,
  o2ims: o2ims as unknown as AdapterKind,
  sol: sol as unknown as AdapterKind,
  amqp: amqp as unknown as AdapterKind,
  nats: nats as unknown as AdapterKind,
  snmp: snmp as unknown as AdapterKind,
};

/** For loadConfig. */
export const adapterSchemas: AdapterSchemas = Object.fromEntries(
  Object.values(adapterKinds).map(({ kind, schema }) => [kind, schema]),
);

/** Rejects when a file that the settings name cannot be used. */
export async function createAdapter(
  settings: AdapterSettings,
  context: AdapterContext,
): Promise<Destination> {
  const kind = adapterKinds[settings.kind];
  if (!kind) throw new Error(`adapter ${settings.name}: unknown kind ${settings.kind}`);
  const client = await kind.create(settings, context);
  const { name, primary, timeout_ms, route } = settings;
  return {
    name,
    kind: kind.kind,
    primary,
    timeout_ms,
    wants: change => routes(route, change) && kind.says(change, settings),
    map: (notice, source) => kind.map(notice, source, settings),
    ...(kind.mapRebuilt && {
      mapRebuilt: (notice, source) => kind.mapRebuilt!(notice, source, settings),
    }),
    send: (payload, attempt) => client.send(payload, attempt),
    start: active => client.start?.(active),
    close: () => client.close(),
  };
}
