/** Changes of alarms as they come: server-sent events (WHATWG HTML, 9.2), resumable by Last-Event-ID. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../log.ts';
import { changeFilter, type FilterQuery } from './filter.ts';
import type { Journal } from './journal.ts';
import { refusals } from './openapi.ts';
import { readPosition } from './position.ts';
import { Problem } from './problem.ts';
import { streamHeaders, streamQuery } from './schemas.ts';
import { Stream } from './stream.ts';

const BEAT_MS = 10_000;
/** Of each listener: neither is to use up the other's. */
const STREAMS_MAX = 16;

interface Asked {
  Querystring: FilterQuery & { after?: string };
  Headers: { 'last-event-id'?: string };
}

const eventText = `Events \`raised\`, \`changed\`, \`cleared\` and \`acknowledged\`; data: {"kind", "alarm"}, the alarm as in the list. \`rebuilt\`: what followed the last event is not kept any more, the list is to be read anew. A comment comes every 10 s.`;

export function streamRoutes(
  app: FastifyInstance,
  options: { journal: Journal; log: Log; beat_ms: number | undefined },
): { close(): Promise<void> } {
  const { journal, log, beat_ms = BEAT_MS } = options;
  const running = new Set<{ local: boolean; response: ServerResponse; ended: Promise<string> }>();
  let closing = false;

  app.get<Asked>('/v1/alarms/stream', {
    schema: {
      operationId: 'streamAlarms',
      summary: 'Changes of alarms as they come',
      querystring: streamQuery,
      headers: streamHeaders,
      response: {
        200: {
          description: eventText,
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
        ...refusals({ 503: 'Too many streams, or the spool does not answer.' }),
      },
    },
    handler: async ({ query, headers, access }, reply) => {
      const place = headers['last-event-id'] ?? query.after;
      const after = place === undefined ? null : readPosition(place);
      await journal.ready().catch(() => {
        if (after !== null) throw new Problem(503, 'the spool does not answer');
      });
      const { local, holds } = access;
      const others = [...running].filter(one => one.local === local).length;
      if (closing || others >= STREAMS_MAX) throw new Problem(503, 'there are too many streams');
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      });
      const passes = changeFilter(query);
      const stream = new Stream({ response, journal, passes, after, beat_ms, holds });
      const one = { local, response, ended: stream.run() };
      running.add(one);
      const reason = await one.ended;
      running.delete(one);
      log.debug({ reason }, 'a stream has ended');
    },
  });

  return {
    async close() {
      closing = true;
      for (const { response } of running) response.destroy();
      await Promise.all([...running].map(({ ended }) => ended));
    },
  };
}
