import { afterAll, beforeAll, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let app: StartedApp;

beforeAll(async () => {
  app = await startApp({ model: smolModelPath, contextSize: 1024, slots: 1 });
}, 60_000);

afterAll(async () => {
  await app.stop();
});

async function appliedTo(fields: object): Promise<string | null> {
  const messages = [{ role: 'user', content: 'x' }];
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages, max_tokens: 4, temperature: 0, ...fields }),
  });
  await response.text();
  expect(response.status).toBe(200);
  return response.headers.get('x-impetus-applied');
}

const format = (schema: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } });
const tool = (parameters: object) => ({ tools: [{ type: 'function', function: { name: 'find', parameters } }] });

test('what of a schema binds nothing is named by its place, also in a stream', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string', format: 'mood', órder: 1 } } };
  const places = 'schema/properties/a/%C3%B3rder=unenforced, schema/properties/a/format=unenforced';
  expect(await appliedTo(format(schema))).toBe(places);
  expect(await appliedTo({ ...format(schema), stream: true })).toBe(places);
  expect(await appliedTo(format({ type: 'object', properties: { a: { type: 'string' } } }))).toBeNull();
});

test('so is what calls cannot be held to', async () => {
  const properties = { a: { type: 'string', pattern: '^(?=x)x+$' } };
  const parameters = { type: 'object', properties };
  expect(await appliedTo(tool(parameters))).toBe('tools.find/properties/a/pattern=unenforced');
  expect(await appliedTo({ ...tool(parameters), tool_choice: 'none' })).toBeNull();
});

test('strict mode refuses it by its place, before anything is sent', async () => {
  const refusalOf = async (fields: object): Promise<unknown> => {
    const response = await fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-impetus-strict': '1' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'x' }], max_tokens: 4, temperature: 0, ...fields }),
    });
    return [response.status, await response.json()];
  };
  const schema = { type: 'object', properties: { a: { type: 'string', format: 'mood' } } };
  const error = { code: 'schema_unsupported', param: 'response_format.json_schema.schema.properties.a.format' };
  expect(await refusalOf(format(schema))).toMatchObject([400, { error }]);
  expect(await refusalOf({ ...format(schema), stream: true })).toMatchObject([400, { error }]);
  const parameters = { type: 'object', properties: { a: { type: 'string', pattern: '^(?=x)x+$' } } };
  const toolError = { code: 'schema_unsupported', param: 'tools.find/properties/a/pattern' };
  expect(await refusalOf(tool(parameters))).toMatchObject([400, { error: toolError }]);
  expect(await refusalOf({ ...tool(parameters), tool_choice: 'none' })).toMatchObject([200, {}]);
  expect(await refusalOf(format({ type: 'object', properties: { a: { type: 'string' } } }))).toMatchObject([200, {}]);
  expect(app.app.inference.activity()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
});
