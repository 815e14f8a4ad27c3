/** The alarm list, one alarm, and its acknowledgement (after ETSI GS NFV-SOL 003, 7.4.2 and 7.4.3). */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AlarmResource, alarmResource } from './data.ts';
import { type FilterQuery, matches } from './filter.ts';
import type { Journal } from './journal.ts';
import type { ApiModel, KnownAlarm } from './model.ts';
import { refusals } from './openapi.ts';
import { pageOf, readCursor, writeCursor } from './page.ts';
import { Problem } from './problem.ts';
import {
  alarmList,
  alarmParams,
  alarmPatch,
  alarmsQuery,
  noQuery,
  patchHeaders,
} from './schemas.ts';

type ListQuery = FilterQuery & { all: boolean; limit: number; cursor?: string };
interface Patch {
  ackState: 'ACKNOWLEDGED' | 'UNACKNOWLEDGED';
  ackUser?: string;
}

const etag = {
  description: 'The revision.',
  schema: { type: 'string' },
};
const oneAlarm = { description: 'The alarm.', headers: { etag }, $ref: 'Alarm#' };

export function alarmRoutes(
  app: FastifyInstance,
  { model, journal }: { model: ApiModel; journal: Journal },
): void {
  app.get<{ Querystring: ListQuery }>('/v1/alarms', {
    schema: {
      operationId: 'getAlarms',
      summary: 'Active alarms, the oldest first',
      querystring: alarmsQuery,
      response: { 200: { description: 'A page.', ...alarmList }, ...refusals() },
    },
    handler: async ({ query }, reply) => {
      // Without the disk there is a list, but no place to go on from.
      await journal.ready().catch(() => {});
      const { limit, cursor, all } = query;
      const after = cursor === undefined ? null : readCursor(cursor);
      if (cursor !== undefined && after === null)
        throw new Problem(400, 'query: cursor is unknown');
      const known = model.alarms({ all }).filter(one => matches(query, one));
      const { page, more } = pageOf(known, after, limit);
      const next = more ? nextLink(query, page.at(-1)!) : null;
      if (next !== null) reply.header('link', `<${next}>; rel="next"`);
      return { alarms: page.map(alarmResource), next, position: journal.position };
    },
  });

  app.get<{ Params: { id: string } }>('/v1/alarms/:id', {
    schema: {
      operationId: 'getAlarm',
      summary: 'One alarm, active or cleared lately',
      params: alarmParams,
      querystring: noQuery,
      response: { 200: oneAlarm, ...refusals({ 404: 'No such alarm.' }) },
    },
    handler: async ({ params }, reply) => resource(reply, find(model, params.id)),
  });

  app.patch<{ Params: { id: string }; Body: Patch; Headers: { 'if-match'?: string } }>(
    '/v1/alarms/:id',
    {
      schema: {
        operationId: 'patchAlarm',
        summary: 'Acknowledges an active alarm, or takes it back',
        params: alarmParams,
        querystring: noQuery,
        headers: patchHeaders,
        body: alarmPatch,
        response: {
          200: oneAlarm,
          ...refusals({
            403: 'Not with this token or certificate, and never over the unix socket.',
            404: 'No such alarm.',
            409: 'It is cleared, or in that state already.',
            412: 'It has changed: If-Match names another revision.',
            413: 'The body is too large.',
            415: 'The body is no application/merge-patch+json.',
          }),
        },
      },
      // Before the body is read.
      onRequest: async ({ access }) => {
        if (!access.admin) {
          throw new Problem(403, 'it takes a token that may acknowledge; here: pathwarden ack');
        }
      },
      handler: async ({ params, body, headers, access }, reply) => {
        const { id } = params;
        const { alarm, revision } = find(model, id);
        const wanted = headers['if-match'];
        if (wanted !== undefined && !agrees(wanted, revision)) {
          throw new Problem(412, `the alarm is at revision ${revision}`);
        }
        if (alarm.perceivedSeverity === 'CLEARED') throw new Problem(409, 'the alarm is cleared');
        const { ackState, ackUser } = body;
        if (alarm.ackState === ackState) throw new Problem(409, `the alarm is ${ackState} already`);
        await acknowledge(model, id, ackState === 'ACKNOWLEDGED', ackUser ?? access.user);
        return resource(reply, find(model, id));
      },
    },
  );
}

function find(model: ApiModel, id: string): KnownAlarm {
  const found = model.alarms({ all: true }).find(({ alarm }) => alarm.id === id);
  if (found === undefined) throw new Problem(404, 'there is no such alarm');
  return found;
}

function resource(reply: FastifyReply, known: KnownAlarm): AlarmResource {
  reply.header('etag', `"${known.revision}"`);
  return alarmResource(known);
}

/** If-Match, RFC 9110, 13.1.1: a weak one never agrees. */
const agrees = (wanted: string, revision: number): boolean =>
  wanted.trim() === '*' || wanted.split(',').some(tag => tag.trim() === `"${revision}"`);

async function acknowledge(model: ApiModel, id: string, acknowledged: boolean, user: string) {
  try {
    await model.ack([id], acknowledged, user);
  } catch {
    throw new Problem(409, 'the alarm cannot be acknowledged now');
  }
}

function nextLink({ cursor: _, ...query }: ListQuery, last: KnownAlarm): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) parameters.set(key, String(value));
  parameters.set('cursor', writeCursor(last));
  return `/v1/alarms?${parameters}`;
}
