/** The document at /v1/openapi.json: made of the schemas that check requests and write answers. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { PROBLEM_TYPE } from './problem.ts';

export const openapi = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'pathwarden alarm stream',
      version,
      description:
        'Alarms and failovers of one host. Over the unix socket nothing else is needed, and nothing can be changed. Over the network: a certificate of the configured authorities or a token; to acknowledge, a token that may.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        certificate: { type: 'mutualTLS' } as never,
      },
    },
    security: [{ token: [] }, { certificate: [] }],
  },
  refResolver: {
    buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`),
  },
});

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
});

/** Refusals that every route knows, and those of its own. */
export const refusals = (own: Record<number, string> = {}): Record<string, object> =>
  Object.fromEntries(
    Object.entries({
      400: 'The request is not as documented.',
      401: 'A certificate or a token is needed (network only).',
      500: 'Something went wrong inside.',
      ...own,
    }).map(([status, description]) => [status, problem(description)]),
  );
