/**
 * The alarm stream: HTTP on `<run_dir>/api.sock`, to be read by the group pathwarden, and HTTPS where `api.listen` says so.
 * What answers requests (app.ts, and fastify) costs some MB and is loaded by the first who asks.
 */
import path from 'node:path';
import { silentLog } from '../../log.ts';
import type { App } from './app.ts';
import { closeServer, type Handler, listenUnix } from './listen.ts';
import type { Api, ApiOptions } from './model.ts';
import { PROBLEM_TYPE, problemDetails } from './problem.ts';
import { noTokens, type Tokens } from './tokens.ts';

export type { Api, ApiModel, ApiOptions, KnownAlarm } from './model.ts';

export const API_SOCKET = 'api.sock';

/** @throws SocketFileError, or an Error that names the file of `api` that cannot be used */
export async function serveApi(options: ApiOptions): Promise<Api> {
  const log = options.log ?? silentLog;
  let tokens: Tokens = noTokens;
  let app: Promise<App> | null = null;
  const load = (): Promise<App> => {
    // In two parts: between them the alarm path has its turn.
    app ??= import('fastify')
      .then(() => import('./app.ts'))
      .then(({ openApp }) => openApp({ ...options, log, tokens: () => tokens }));
    return app;
  };
  const handler =
    (local: boolean): Handler =>
    (request, response) => {
      load().then(
        opened => opened.handle(request, response, local),
        (error: unknown) => {
          app = null;
          log.error({ err: error }, 'the alarm stream cannot be loaded');
          response.writeHead(500, { 'content-type': PROBLEM_TYPE, connection: 'close' });
          response.end(JSON.stringify(problemDetails(500, 'internal error')));
        },
      );
    };

  const openNetwork = async () => {
    // At once: whoever is on the network is not to hold up the agent by being the first.
    await load();
    const { Network } = await import('./network.ts');
    return Network.open(options, handler(false), files => {
      tokens = files.tokens;
    });
  };

  const file = path.join(options.run_dir, API_SOCKET);
  const unix = await listenUnix(file, options.group ?? 'pathwarden', handler(true), log);
  try {
    const network = options.api.listen === undefined ? null : await openNetwork();
    return {
      get address() {
        return network?.address ?? null;
      },
      async close() {
        await app?.then(opened => opened.close()).catch(() => {});
        await Promise.all([closeServer(unix), network?.close()]);
      },
    };
  } catch (error) {
    await closeServer(unix);
    throw error;
  }
}
