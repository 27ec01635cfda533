import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { GbnfSampler, readGbnf } from '#test/support/gbnf.ts';
import { judgeWithAjv } from '#test/support/json-schema/judges.ts';
import { createRandom } from '#test/support/random.ts';

const text = { type: 'string' };

/** Schemas in the manner of the tools that write most of them. */
const wild: Record<string, unknown> = {
  'a strict response format of OpenAI': {
    type: 'object',
    properties: {
      steps: {
        type: 'array',
        items: {
          type: 'object',
          properties: { explanation: { ...text, description: 'Why.' }, output: { type: ['string', 'null'] } },
          required: ['explanation', 'output'],
          additionalProperties: false,
        },
      },
      final_answer: text,
    },
    required: ['steps', 'final_answer'],
    additionalProperties: false,
  },
  'a recursive strict response format of OpenAI': {
    type: 'object',
    properties: { ui: { $ref: '#/$defs/element' } },
    required: ['ui'],
    additionalProperties: false,
    $defs: {
      element: {
        type: 'object',
        properties: {
          type: { ...text, enum: ['div', 'button', 'header'] },
          children: { type: 'array', items: { $ref: '#/$defs/element' } },
          attributes: { type: 'array', items: { $ref: '#/$defs/attribute' } },
        },
        required: ['type', 'children', 'attributes'],
        additionalProperties: false,
      },
      attribute: {
        type: 'object',
        properties: { name: text, value: text },
        required: ['name', 'value'],
        additionalProperties: false,
      },
    },
  },
  'a linked list, the root as $ref': {
    type: 'object',
    properties: { value: { type: 'number' }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['value', 'next'],
    additionalProperties: false,
  },
  'a model of pydantic': {
    title: 'Order',
    type: 'object',
    properties: {
      id: { title: 'Id', type: 'string', format: 'uuid' },
      when: { title: 'When', type: 'string', format: 'date-time' },
      link: { title: 'Link', type: 'string', format: 'uri', minLength: 1, maxLength: 2083 },
      mail: { title: 'Mail', type: 'string', format: 'email', maxLength: 254 },
      price: { title: 'Price', anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }], default: null },
      tags: { title: 'Tags', type: 'array', items: text, minItems: 1, maxItems: 10 },
      extra: { title: 'Extra', type: 'object', additionalProperties: { type: 'integer' } },
      point: { type: 'array', minItems: 2, maxItems: 2, prefixItems: [{ type: 'number' }, { type: 'number' }] },
      pet: {
        discriminator: { mapping: { cat: '#/$defs/Cat', dog: '#/$defs/Dog' }, propertyName: 'kind' },
        oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }],
      },
    },
    required: ['id', 'tags', 'pet'],
    $defs: {
      Cat: {
        title: 'Cat',
        type: 'object',
        properties: { kind: { const: 'cat', default: 'cat', type: 'string' }, lives: { type: 'integer' } },
        required: ['kind'],
      },
      Dog: {
        title: 'Dog',
        type: 'object',
        properties: { kind: { const: 'dog', default: 'dog', type: 'string' }, barks: { type: 'boolean' } },
        required: ['kind'],
      },
    },
  },
  'a schema of zod': {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {
      path: { type: 'string', minLength: 1 },
      mode: { type: 'string', enum: ['read', 'write'], default: 'read' },
      limit: { type: 'integer', exclusiveMinimum: 0, maximum: 9007199254740991 },
      range: {
        anyOf: [
          { type: 'array', items: [{ type: 'integer' }, { type: 'integer' }], minItems: 2, maxItems: 2 },
          { not: {} },
        ],
      },
      headers: { type: 'object', additionalProperties: text, propertyNames: { pattern: '^[A-Za-z-]+$' } },
      ids: { type: 'array', items: { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' } },
    },
    required: ['path'],
    additionalProperties: false,
  },
  'a tool of an MCP server': {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'What to look for.' },
      edits: {
        type: 'array',
        items: {
          type: 'object',
          properties: { oldText: text, newText: text },
          required: ['oldText', 'newText'],
          additionalProperties: false,
        },
      },
      dryRun: { type: 'boolean', default: false },
      options: {},
      metadata: { type: 'object' },
    },
    required: ['query', 'edits'],
  },
  'a tool without arguments': { type: 'object', properties: {} },
  'a function of Gemini or OpenAPI 3.0': {
    type: 'object',
    properties: {
      count: { type: 'integer', format: 'int32', nullable: false },
      size: { type: 'number', format: 'double', example: 1.5 },
    },
    required: ['count'],
  },
  'an extraction with every bound': {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2, maxLength: 40, pattern: '^[A-Z][a-z]+( [A-Z][a-z]+)*$' },
      score: { type: 'number', minimum: 0, maximum: 1 },
      stars: { type: 'number', minimum: 0, maximum: 5, multipleOf: 0.5 },
      percent: { type: 'integer', minimum: 0, maximum: 100, multipleOf: 5 },
      country: { type: 'string', pattern: '^[A-Z]{2}$' },
      langs: { type: 'array', items: { enum: ['en', 'de', 'fr', 'ja'] }, uniqueItems: true, minItems: 1 },
    },
    required: ['name', 'score', 'stars', 'percent', 'country', 'langs'],
    additionalProperties: false,
  },
};

test.each(Object.entries(wild))('%s is enforced', (_, schema) => {
  const { grammar, ignored } = compileJsonSchema(schema);
  const sampler = new GbnfSampler(readGbnf(grammar), createRandom(1));
  const texts = Array.from({ length: 40 }, (__, index) => sampler.sample(5 + index));
  const draft = JSON.stringify(schema).includes('draft-07') ? 'draft7' : 'draft2020-12';
  const errors = judgeWithAjv({ draft, schema, texts }) ?? ['not judged'];
  expect(errors.flatMap((error, index) => (error === null ? [] : [`${texts[index] ?? ''}: ${error}`]))).toEqual([]);
  expect(ignored.filter((pointer) => !pointer.endsWith('/discriminator'))).toEqual([]);
});
