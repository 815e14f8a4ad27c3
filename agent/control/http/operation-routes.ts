/** Failovers, health, and figures. */
import type { FastifyInstance } from 'fastify';
import { failoverResource } from './data.ts';
import { healthOf } from './health.ts';
import { metricsText } from './metrics.ts';
import type { ApiModel } from './model.ts';
import { refusals } from './openapi.ts';
import { METRICS_TYPE } from './prometheus.ts';
import { failoverList, failoversQuery, health, noQuery } from './schemas.ts';

export function operationRoutes(app: FastifyInstance, model: ApiModel): void {
  app.get<{ Querystring: { limit: number } }>('/v1/failovers', {
    schema: {
      operationId: 'getFailovers',
      summary: 'Failover records, the newest first',
      querystring: failoversQuery,
      response: { 200: { description: 'The records.', ...failoverList }, ...refusals() },
    },
    handler: async ({ query }) => ({
      failovers: model.failovers(query).map(failoverResource),
    }),
  });

  app.get('/healthz', {
    schema: {
      operationId: 'getHealth',
      summary: 'Does the agent see, and keep what it tells?',
      querystring: noQuery,
      response: {
        200: { description: 'It does.', ...health },
        503: { description: 'It does not.', ...health },
        ...refusals(),
      },
    },
    handler: async (_request, reply) => {
      const found = healthOf(model);
      return reply.code(found.status === 'healthy' ? 200 : 503).send(found);
    },
  });

  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      summary: 'Figures in the text format of Prometheus',
      querystring: noQuery,
      response: {
        200: {
          description: 'Version 0.0.4.',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
        ...refusals(),
      },
    },
    handler: async (_request, reply) => reply.type(METRICS_TYPE).send(metricsText(model)),
  });
}
