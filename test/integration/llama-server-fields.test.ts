import { expect, test } from 'vitest';
import { status, testFields } from '#test/support/field-contrasts.ts';
import { startTestServer } from '#test/support/start-test-server.ts';

testFields('llama-load', {
  path: '/models/load',
  body: { model: 'test-model' },
  contrasts: { model: { values: ['test-model', 'nobody'], observe: status } },
});

testFields('llama-unload', {
  path: '/models/unload',
  body: { model: 'test-model' },
  contrasts: { model: { values: ['test-model', 'nobody'], observe: status } },
});

test('a template names what it ignores inside messages', async () => {
  const { url } = await startTestServer();
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello', mood: 'good' }] });
  const response = await fetch(`${url}/apply-template`, { method: 'POST', body });
  expect([response.status, response.headers.get('x-impetus-ignored')]).toEqual([200, 'messages%5B%5D.mood']);
});
