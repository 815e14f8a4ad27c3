/** What answers requests: a fastify of its own, whose errors stay in it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyReply } from 'fastify';
import type { Log } from '../../log.ts';
import { type Access, accessOf } from './access.ts';
import { alarmRoutes } from './alarm-routes.ts';
import { Journal } from './journal.ts';
import type { ApiOptions } from './model.ts';
import { openapi, refusals } from './openapi.ts';
import { operationRoutes } from './operation-routes.ts';
import { PROBLEM_TYPE, Problem, problemDetails } from './problem.ts';
import { alarmSchema, failoverSchema, noQuery, problemSchema } from './schemas.ts';
import { streamRoutes } from './stream-routes.ts';
import type { Tokens } from './tokens.ts';

/** Of a request's body: a patch of an alarm is small. */
const BODY_MAX = 16 * 1024;
const MERGE_PATCH = 'application/merge-patch+json';

export interface AppOptions extends ApiOptions {
  log: Log;
  /** Those of now. */
  tokens(): Tokens;
}

export interface App {
  /** `local`: it came over the unix socket. */
  handle(request: IncomingMessage, response: ServerResponse, local: boolean): void;
  /** Ends the streams. */
  close(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    access: Access;
  }
}

export async function openApp(options: AppOptions): Promise<App> {
  const { log, model, tokens } = options;
  const local = new WeakSet<IncomingMessage>();
  const app = Fastify({
    bodyLimit: BODY_MAX,
    exposeHeadRoutes: false,
    // What is not documented is refused, not left out.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, validateSchema: false } },
    // Answers are of our own making: code to write each kind of them would take memory and time to make.
    schemaController: { compilersFactory: { buildSerializer: () => () => JSON.stringify } },
    schemaErrorFormatter: (errors, part) => new Problem(400, complaint(errors[0], part)),
    frameworkErrors: (_error, _request, reply) => {
      answer(reply, 400, 'the path cannot be read');
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    MERGE_PATCH,
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );
  app.setErrorHandler((error: FastifyError | Problem, _request, reply) => {
    const status = error instanceof Problem ? error.status : (error.statusCode ?? 500);
    if (status < 500 || error instanceof Problem) return answer(reply, status, error.message);
    log.error({ err: error }, 'alarm stream: a request failed');
    return answer(reply, 500, 'internal error');
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const named = routes.filter(({ url }) => url === path);
    const meant = named.length > 0 ? named : routes.filter(({ matches }) => matches.test(path));
    const allowed = meant.map(({ method }) => method);
    if (allowed.length === 0) return answer(reply, 404, 'there is nothing here');
    reply.header('allow', allowed.join(', '));
    return answer(reply, 405, `only ${allowed.join(' and ')}`);
  });
  const routes: { method: string; url: string; matches: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const matches = new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
    routes.push({ method: String(method), url, matches });
  });
  app.decorateRequest('access', null as unknown as Access);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    request.access = accessOf(request.raw, { local: local.has(request.raw), tokens });
  });

  const journal = new Journal(model.outbox, log);
  for (const schema of [problemSchema, alarmSchema, failoverSchema]) app.addSchema(schema);
  await app.register(swagger, openapi(model.status().version));
  const streams = streamRoutes(app, { journal, log, beat_ms: options.beat_ms });
  alarmRoutes(app, { model, journal });
  operationRoutes(app, model);
  app.get('/v1/openapi.json', {
    schema: {
      operationId: 'getOpenApi',
      summary: 'This document',
      querystring: noQuery,
      response: {
        200: { description: 'OpenAPI 3.1', type: 'object', additionalProperties: true },
        ...refusals(),
      },
    },
    handler: async () => app.swagger(),
  });
  await app.ready();

  return {
    handle(request, response, isLocal) {
      if (isLocal) local.add(request);
      app.routing(request, response);
    },
    async close() {
      await streams.close();
      journal.close();
      await app.close();
    },
  };
}

function answer(reply: FastifyReply, status: number, detail: string) {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 503) reply.header('retry-after', '2');
  return reply.code(status).type(PROBLEM_TYPE).send(problemDetails(status, detail));
}

interface SchemaError {
  instancePath: string;
  message?: string;
  params: Record<string, unknown>;
}

/** Why a request was not taken, in the words of its sender. */
function complaint(error: SchemaError | undefined, part: string): string {
  const where = part === 'querystring' ? 'query' : part;
  if (!error) return `${where} is not as documented`;
  const { additionalProperty } = error.params;
  if (typeof additionalProperty === 'string') {
    return `${where}: unknown key ${JSON.stringify(additionalProperty.slice(0, 64))}`;
  }
  const key = error.instancePath.slice(1);
  return `${where}${key === '' ? '' : `: ${key}`} ${error.message}`;
}
