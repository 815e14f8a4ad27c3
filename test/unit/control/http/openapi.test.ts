/** The document that the server gives of itself. That real answers agree with it is shown where they are asked for. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { ask } from './client.ts';
import { openapiSchema } from './openapi-schema.ts';
import { serve } from './serve.ts';

const ROUTES = [
  'GET /healthz',
  'GET /metrics',
  'GET /v1/alarms',
  'GET /v1/alarms/stream',
  'GET /v1/alarms/{id}',
  'GET /v1/failovers',
  'GET /v1/openapi.json',
  'PATCH /v1/alarms/{id}',
];

t.test('it is an OpenAPI document', async t => {
  const { local } = await serve(t);
  const { json } = await ask(local, '/v1/openapi.json');
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(openapiSchema);
  t.ok(validate(json), JSON.stringify(validate.errors));

  const operations = Object.entries<Record<string, { operationId: string }>>(json.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        operationId,
      })),
  );
  t.same(operations.map(({ name }) => name).sort(), ROUTES);
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, ROUTES.length);
  t.same(Object.keys(json.components.schemas).sort(), ['Alarm', 'Failover', 'Problem']);
  t.equal(json.info.version, '1.2.3');

  const references = JSON.stringify(json).match(/"\$ref":"[^"]*"/g) ?? [];
  t.ok(references.length > 10);
  for (const reference of new Set(references)) {
    t.match(reference, /"#\/components\/schemas\/(Alarm|Failover|Problem)"/);
  }
});

t.test('each parameter of a path is documented, and each query is complete', async t => {
  const { local } = await serve(t);
  const { json } = await ask(local, '/v1/openapi.json');
  const names = (path: string, method = 'get') =>
    (json.paths[path][method].parameters ?? []).map((one: { name: string }) => one.name);
  t.same(names('/v1/alarms'), [
    'severity',
    'type',
    'object',
    'root',
    'acknowledged',
    'drill',
    'all',
    'limit',
    'cursor',
  ]);
  t.same(names('/v1/alarms/stream').slice(-2), ['after', 'last-event-id']);
  t.same(names('/v1/alarms/{id}', 'patch'), ['id', 'if-match']);
  t.same(names('/healthz'), []);
});

t.test('each route that is served is in it', async t => {
  const { local } = await serve(t);
  const { json } = await ask(local, '/v1/openapi.json');
  for (const [path, methods] of Object.entries<object>(json.paths)) {
    const url = path.replace('{id}', 'a');
    const { headers } = await ask(local, { method: 'PUT', path: url });
    t.same(headers.allow?.toLowerCase().split(', ').sort(), Object.keys(methods).sort(), path);
  }
});

t.test('its structure is checked by a schema that finds mistakes', async t => {
  const { local } = await serve(t);
  const { json } = await ask(local, '/v1/openapi.json');
  const validate = new Ajv2020({ strict: false }).compile(openapiSchema);
  for (const spoil of [
    (it: typeof json) => delete it.info.title,
    (it: typeof json) => (it.paths['/v1/alarms'].get.responses.ok = { description: 'x' }),
    (it: typeof json) => delete it.paths['/v1/alarms/{id}'].get.parameters[0].required,
    (it: typeof json) => (it.paths['/metrics'].get.responses[200].content['text/plain'] = {}),
    (it: typeof json) => (it.components.schemas.Alarm.type = 'thing'),
  ]) {
    const spoilt = structuredClone(json);
    spoil(spoilt);
    t.notOk(validate(spoilt), spoil.toString());
  }
});
