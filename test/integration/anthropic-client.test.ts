import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';

const clientOf = (url: string) => new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
const user = (content: string) => [{ role: 'user' as const, content }];
const base = { model: 'test-model', max_tokens: 100 };

describe('answers', () => {
  test('a message as a whole, with the id of the request', async () => {
    const { url } = await startTestServer();
    const answer = await clientOf(url).messages.create({ ...base, messages: user('count to 3') });
    expect(answer).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'test-model',
      content: [{ type: 'text', text: '1 2 3' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 8, output_tokens: 3, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
    expect(answer.id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(answer._request_id).toMatch(/^req_[0-9a-z]+$/);
  });
});
