/** The alarm stream of a fake agent, for one test. */
import path from 'node:path';
import {
  API_SOCKET,
  type Api,
  type ApiOptions,
  serveApi,
} from '../../../../agent/control/http/server.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import type { Where } from './client.ts';
import { FakeAgent } from './model.ts';

export interface Serving {
  agent: FakeAgent;
  api: Api;
  local: Where;
  /** Lines of the log, as JSON. */
  lines: string[];
}

export async function serve(
  t: { teardown(end: () => unknown): void },
  options: Partial<ApiOptions> = {},
): Promise<Serving> {
  const run_dir = temporaryFolder(t);
  const agent = new FakeAgent();
  const lines: string[] = [];
  const write = (fields: object | string, message = '') =>
    void lines.push(
      JSON.stringify({ fields, message, error: String((fields as { err?: unknown }).err) }),
    );
  const log: ApiOptions['log'] = {
    fatal: write,
    error: write,
    warn: write,
    info: write,
    debug: write,
    trace: () => {},
    child: () => log!,
  };
  const api = await serveApi({ run_dir, api: {}, model: agent.model, log, ...options });
  t.teardown(() => api.close());
  return { agent, api, lines, local: { socketPath: path.join(run_dir, API_SOCKET) } };
}
