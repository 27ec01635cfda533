import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '#test/support/start-test-server.ts';

/** The stream exactly as it leaves the server; ids are replaced by a word. */
async function post(server: TestServer, body: object): Promise<{ headers: Headers; text: string }> {
  const response = await fetch(`${server.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_tokens: 50, stream: true, ...body }),
  });
  const text = (await response.text())
    .replaceAll(/"(msg)_[0-9a-f]{32}"/g, '"$1_ID"')
    .replaceAll(/"req_[0-9a-z]+"/g, '"req_ID"');
  return { headers: response.headers, text };
}

const event = (name: string, rest: string) => `event: ${name}\ndata: {"type":"${name}"${rest}}\n\n`;
const opening = (input: number, cached: number) =>
  event(
    'message_start',
    ',"message":{"id":"msg_ID","type":"message","role":"assistant","model":"test-model","content":[],' +
      '"stop_reason":null,"stop_sequence":null,"usage":{' +
      `"input_tokens":${input},"cache_creation_input_tokens":0,"cache_read_input_tokens":${cached},"output_tokens":1,` +
      '"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"server_tool_use":null,' +
      '"service_tier":"standard"}}',
  );
const ending = (reason: string, stopText: string, usage: string) =>
  event('message_delta', `,"delta":{"stop_reason":${reason},"stop_sequence":${stopText}},"usage":{${usage}}`) +
  event('message_stop', '');
const usage = (input: number, output: number, thinking = 0) =>
  `"input_tokens":${input},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":${output},` +
  `"output_tokens_details":{"thinking_tokens":${thinking}}`;
const delta = (index: number, rest: string) => event('content_block_delta', `,"index":${index},"delta":{${rest}}`);
const block = (index: number, content: string) =>
  event('content_block_start', `,"index":${index},"content_block":{${content}}`);
const end = (index: number) => event('content_block_stop', `,"index":${index}`);
const messages = (content: string) => [{ role: 'user', content }];

test('text: start, one block, the reason of its end, stop', async () => {
  const { headers, text } = await post(await startTestServer(), { messages: messages('count to 2') });
  expect(text).toBe(
    [
      opening(8, 0),
      block(0, '"type":"text","text":"","citations":null'),
      delta(0, '"type":"text_delta","text":"1"'),
      delta(0, '"type":"text_delta","text":" 2"'),
      end(0),
      ending('"end_turn"', 'null', usage(8, 2)),
    ].join(''),
  );
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(headers.get('request-id')).toBe(headers.get('x-request-id'));
});

test('thinking, text and two calls are blocks of their own, numbered through', async () => {
  const { text } = await post(await startTestServer(), {
    messages: messages('think hm then say so then call f {"a":1} then call g'),
    thinking: { type: 'enabled', budget_tokens: 9 },
    tools: [
      { name: 'f', input_schema: {} },
      { name: 'g', input_schema: {} },
    ],
  });
  const frames = text.split(/(?<=\n\n)/);
  expect(frames.slice(1, -2).join('')).toBe(
    [
      block(0, '"type":"thinking","thinking":"","signature":""'),
      delta(0, '"type":"thinking_delta","thinking":"hm"'),
      delta(0, '"type":"signature_delta","signature":"impetus"'),
      end(0),
      block(1, '"type":"text","text":"","citations":null'),
      delta(1, '"type":"text_delta","text":"so"'),
      end(1),
      block(2, '"type":"tool_use","id":"toolu_scripted0","name":"f","input":{}'),
      delta(2, '"type":"input_json_delta","partial_json":""'),
      delta(2, '"type":"input_json_delta","partial_json":"{\\"a\\":1}"'),
      end(2),
      block(3, '"type":"tool_use","id":"toolu_scripted1","name":"g","input":{}'),
      delta(3, '"type":"input_json_delta","partial_json":""'),
      end(3),
    ].join(''),
  );
  expect(frames.at(-2)).toContain('"stop_reason":"tool_use"');
});

test('an answer without a word has no block; an error in its middle is an event, and nothing follows it', async () => {
  const server = await startTestServer();
  const silent = await post(server, { messages: messages('echo x'), max_tokens: 0 });
  expect(silent.text).toBe(opening(7, 0) + ending('"max_tokens"', 'null', usage(7, 0)));
  const broken = await post(await startTestServer(), { messages: messages('fail engine-crashed after 1') });
  expect(broken.text).toBe(
    [
      opening(10, 0),
      block(0, '"type":"text","text":"","citations":null'),
      delta(0, '"type":"text_delta","text":"1"'),
      event(
        'error',
        ',"error":{"type":"overloaded_error","message":"The script asked for the error engine-crashed."},' +
          '"request_id":"req_ID"',
      ),
    ].join(''),
  );
});
