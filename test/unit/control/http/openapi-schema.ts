/** The structure of an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1), as far as ours uses it; all else is refused. */
const strict = (required: string[], properties: object, more: object = {}) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
  ...more,
});
const text = { type: 'string', minLength: 1 };
const map = (value: object) => ({ type: 'object', additionalProperties: value });
/** A schema is JSON Schema 2020-12; whether it is a good one shows when answers are checked by it. */
const schema = { $ref: 'https://json-schema.org/draft/2020-12/schema' };
const content = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: '^[a-z]+/[a-z0-9.+-]+$' },
  additionalProperties: strict(['schema'], { schema }),
};

const parameter = strict(
  ['name', 'in', 'schema'],
  {
    name: text,
    in: { enum: ['query', 'header', 'path'] },
    required: { type: 'boolean' },
    description: text,
    schema,
  },
  {
    if: { properties: { in: { const: 'path' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['required'], properties: { required: { const: true } } },
  },
);

const response = strict(['description'], {
  description: text,
  headers: map(strict(['schema'], { description: text, schema })),
  content,
});

const operation = strict(['operationId', 'summary', 'responses'], {
  operationId: text,
  summary: text,
  parameters: { type: 'array', items: parameter, uniqueItems: true },
  requestBody: strict(['content'], { required: { type: 'boolean' }, content }),
  responses: {
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: '^[1-5][0-9]{2}$' },
    additionalProperties: response,
  },
});

export const openapiSchema = strict(['openapi', 'info', 'paths'], {
  openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
  info: strict(['title', 'version'], {
    title: text,
    version: text,
    description: text,
    license: strict(['name'], { name: text, identifier: text }),
  }),
  servers: { type: 'array', items: strict(['url'], { url: text }) },
  paths: {
    type: 'object',
    propertyNames: { pattern: '^/' },
    additionalProperties: strict([], { get: operation, patch: operation }, { minProperties: 1 }),
  },
  components: strict([], {
    schemas: map(schema),
    securitySchemes: map({
      oneOf: [
        strict(['type', 'scheme'], { type: { const: 'http' }, scheme: { const: 'bearer' } }),
        strict(['type'], { type: { const: 'mutualTLS' } }),
      ],
    }),
  }),
  security: { type: 'array', items: map({ type: 'array', items: text }) },
});
