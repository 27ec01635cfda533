import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';
import { post, toChoices } from './wire.ts';

const path = '/v1/chat/completions';
const user = (content: string) => [{ role: 'user', content }];
const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }));
const functions = tools.map(({ function: each }) => each);

const delta = (json: string) => `[{"index":0,"delta":${json},"logprobs":null,"finish_reason":null}]`;
const end = (reason: string) => `[{"index":0,"delta":{},"logprobs":null,"finish_reason":"${reason}"}]`;
const role = delta('{"role":"assistant","content":""}');
const begin = (index: number, name: string) =>
  delta(
    `{"tool_calls":[{"index":${index},"id":"call_scripted${index}","type":"function","function":{"name":"${name}","arguments":""}}]}`,
  );
const piece = (index: number, json: string) =>
  delta(`{"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(json)}}}]}`);

async function stream(content: string, rest: object = { tools }): Promise<string[]> {
  const { text } = await post(await startTestServer(), path, { messages: user(content), stream: true, ...rest });
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  return toChoices(text);
}

interface Whole {
  choices: { message: Record<string, unknown>; finish_reason: string }[];
}

async function whole(content: string, rest: object = { tools }): Promise<Whole['choices'][number] | undefined> {
  const { text } = await post(await startTestServer(), path, { messages: user(content), ...rest });
  return (JSON.parse(text.replaceAll(/TIME|MS/g, '0')) as Whole).choices[0];
}

describe('a call, streamed', () => {
  test(
    'is named in its first piece, carries JSON text in the others, and ends with tool_calls',
    verifies(['API-06'], { breaks: 'src/main/api/openai/chat/chunks.ts#ChatChunks' }, async () => {
      expect(await stream('call f {"city": "Bern"}')).toEqual([
        role,
        begin(0, 'f'),
        piece(0, '{"city":'),
        piece(0, ' "Bern"}'),
        end('tool_calls'),
      ]);
    }),
  );

  test('comes after text, and several are numbered', async () => {
    expect(await stream('say Looking then call f {} then call g {"a":1}')).toEqual([
      role,
      delta('{"content":"Looking"}'),
      begin(0, 'f'),
      piece(0, '{}'),
      begin(1, 'g'),
      piece(1, '{"a":1}'),
      end('tool_calls'),
    ]);
  });

  test('without arguments has an empty object', async () => {
    expect(await stream('call f')).toEqual([role, begin(0, 'f'), piece(0, '{}'), end('tool_calls')]);
  });

  test('in the older words is a function_call', async () => {
    expect(await stream('call f {"a":1}', { functions })).toEqual([
      role,
      delta('{"function_call":{"name":"f","arguments":""}}'),
      delta('{"function_call":{"arguments":"{\\"a\\":1}"}}'),
      end('function_call'),
    ]);
  });
});

describe('a call, whole', () => {
  test('leaves the content null and stands in the message', async () => {
    expect(await whole('call f {"city": "Bern"}')).toMatchObject({
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          { id: 'call_scripted0', type: 'function', function: { name: 'f', arguments: '{"city": "Bern"}' } },
        ],
      },
      finish_reason: 'tool_calls',
    });
  });

  test('stands beside what was said, and has an empty object where it has no arguments', async () => {
    const choice = await whole('say Looking then call f then call g {"a":1}');
    expect(choice?.message['content']).toBe('Looking');
    expect(choice?.message['tool_calls']).toMatchObject([
      { function: { name: 'f', arguments: '{}' } },
      { function: { name: 'g', arguments: '{"a":1}' } },
    ]);
  });

  test('in the older words is a function_call', async () => {
    expect(await whole('call f {"a":1}', { functions })).toMatchObject({
      message: { content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
      finish_reason: 'function_call',
    });
  });
});

describe('thinking', () => {
  const question = 'think Let me see then say Well';

  test('has two names of its own in a stream, before the text, and is counted', async () => {
    const body = { messages: user(question), stream: true, stream_options: { include_usage: true } };
    const { text } = await post(await startTestServer(), path, body);
    expect(toChoices(text)).toEqual([
      role,
      ...['Let', ' me', ' see'].map((word) => delta(`{"reasoning_content":"${word}","reasoning":"${word}"}`)),
      delta('{"content":"Well"}'),
      end('stop'),
      '[]',
    ]);
    expect(text).toContain('"completion_tokens":4,');
    expect(text).toContain('"completion_tokens_details":{"reasoning_tokens":3}');
  });

  test('stands beside the content of a whole answer, and is counted', async () => {
    const { text } = await post(await startTestServer(), path, { messages: user(question), n: 2 });
    expect(text).toContain('"content":"Well","refusal":null,"reasoning_content":"Let me see","reasoning":"Let me see"');
    expect(text).toContain('"completion_tokens_details":{"reasoning_tokens":6}');
  });

  test('stands within the text when it is not to be told apart', async () => {
    const rest = { reasoning_format: 'none' };
    expect((await stream(question, rest)).slice(1, -1)).toEqual(
      ['<think>Let', ' me', ' see', '</think>Well'].map((said) => delta(`{"content":"${said}"}`)),
    );
    expect((await stream('think hm then call f {}', { ...rest, tools })).slice(1, -1)).toEqual([
      delta('{"content":"<think>hm"}'),
      delta('{"content":"</think>"}'),
      begin(0, 'f'),
      piece(0, '{}'),
    ]);
    expect((await stream('think hm', rest)).slice(1, -1)).toEqual([
      delta('{"content":"<think>hm"}'),
      delta('{"content":"</think>"}'),
    ]);
    expect((await whole(question, rest))?.message).toEqual({
      role: 'assistant',
      content: '<think>Let me see</think>Well',
      refusal: null,
    });
  });

  test('is left out on request, and counted all the same', async () => {
    const body = { messages: user(question), reasoning: { exclude: true } };
    const { text } = await post(await startTestServer(), path, body);
    expect(text).not.toContain('Let me see');
    expect(text).toContain('"reasoning_tokens":3');
    expect(await stream(question, { reasoning: { exclude: true } })).toEqual([
      role,
      delta('{"content":"Well"}'),
      end('stop'),
    ]);
  });
});

test('tools that are not allowed are not shown, and the answer says that it was so', async () => {
  const server = await startTestServer();
  const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tools[1]] } };
  const { headers } = await post(server, path, { messages: user('x'), tools, tool_choice: choice });
  expect(headers.get('x-impetus-applied')).toBe('tools=1');
  expect(server.requests[0]).toMatchObject({ prompt: { tools: [{ name: 'g' }] }, toolChoice: { type: 'required' } });
});
