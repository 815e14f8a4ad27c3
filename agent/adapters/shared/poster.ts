/**
 * Sends each payload as one POST whose status is the answer: all that some receivers need. Since they hear no heartbeats, a
 * GET now and then keeps the name known and a connection open.
 */
import type { AdapterClient, AdapterContext } from '../adapter.ts';
import { Beat } from './beat.ts';
import { type EndpointSettings, openEndpoint } from './endpoint.ts';

/** Rejects when a file that the settings name cannot be used. */
export async function createPoster(
  settings: EndpointSettings & { warm_s: number },
  context: AdapterContext,
): Promise<AdapterClient> {
  const { name, warm_s, timeout_ms } = settings;
  const endpoint = await openEndpoint(settings, context);
  const beat = new Beat({
    adapter: name,
    every_s: warm_s,
    what: 'connections',
    log: context.log,
    send: (_, fresh) => endpoint.answers({ deadline_ms: 2 * timeout_ms, fresh }),
  });
  return {
    send: (payload, attempt) => endpoint.post(JSON.stringify(payload), attempt),
    start: () => {
      endpoint.start();
      beat.start();
    },
    close: async () => {
      beat.stop();
      await endpoint.close();
    },
  };
}
