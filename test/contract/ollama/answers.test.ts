import { describe, expect, test } from 'vitest';
import { makeModelRecord } from '#test/support/model-record.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';
import { ask } from './wire.ts';

const user = (content: string) => ({ role: 'user', content });
const end = (reason: string, prompt: number, count: number) =>
  `"done":true,"done_reason":"${reason}","total_duration":NS,"load_duration":NS,"prompt_eval_count":${prompt},"prompt_eval_duration":NS,"eval_count":${count},"eval_duration":NS}\n`;
const head = '{"model":"test-model:latest","created_at":TIME,';
const say = (text: string) => `${head}"message":{"role":"assistant","content":${JSON.stringify(text)}},"done":false}\n`;

describe('chat', () => {
  test('streams by default, one object in each line; the last one has the metrics', async () => {
    const body = { model: 'test-model:latest', messages: [user('count to 2')] };
    const { text, headers } = await ask(await startTestServer(), '/api/chat', { body });
    expect(text).toBe(
      [say('1'), say(' 2'), `${head}"message":{"role":"assistant","content":""},${end('stop', 8, 2)}`].join(''),
    );
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('x-impetus-applied')).toBe('model=test-model');
  });

  test('comes whole when asked', async () => {
    const body = { model: 'test-model:latest', messages: [user('think so then say yes')], stream: false };
    const { text, headers } = await ask(await startTestServer(), '/api/chat', { body });
    expect(text).toBe(
      `${head}"message":{"role":"assistant","content":"yes","thinking":"so"},${end('stop', 11, 2)}`.trimEnd(),
    );
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  const call = '{"id":"call_scripted0","function":{"index":0,"name":"f","arguments":{"b":1,"a":[2]}}}';
  const asked = { model: 'test-model:latest', messages: [user('call f {"b":1,"a":[2]}')], tools };

  test(
    'a call comes in one piece, its arguments as an object with its keys in order',
    verifies(['API-22'], { breaks: 'src/main/api/ollama/answer-shape.ts#chatShape' }, async () => {
      const server = await startTestServer();
      const streamed = await ask(server, '/api/chat', { body: asked });
      expect(streamed.text.split('\n')[0]).toBe(
        `${head}"message":{"role":"assistant","content":"","tool_calls":[${call}]},"done":false}`,
      );
      expect(streamed.text).toContain('"done":true,"done_reason":"stop"');
      const whole = await ask(server, '/api/chat', { body: { ...asked, stream: false } });
      expect(whole.text).toContain(`"message":{"role":"assistant","content":"","tool_calls":[${call}]},"done":true`);
    }),
  );

  test('a call that the limit cuts off is told as text, never as an object that it is not', async () => {
    const server = await startTestServer();
    const body = { ...asked, options: { num_predict: 1 } };
    const streamed = await ask(server, '/api/chat', { body });
    expect(streamed.text).not.toContain('tool_calls');
    expect(streamed.text).toContain('"content":"{\\"b\\":1,');
    expect(streamed.text).toContain('"done_reason":"length"');
    const whole = await ask(server, '/api/chat', { body: { ...body, stream: false } });
    expect(whole.text).not.toContain('tool_calls');
    expect(whole.text).toContain('"content":"{\\"b\\":1,');
  });

  test('results find their call: by id, by name, or by their order', async () => {
    const server = await startTestServer();
    const calls = ['f', 'g', 'f'].map((name) => ({ function: { name, arguments: { of: name } } }));
    const messages = [
      user('x'),
      { role: 'Assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_name: 'g', content: 'G' },
      { role: 'tool', content: 'F' },
      { role: 'tool', tool_call_id: 'call_1_2', content: 'last' },
    ];
    const { text } = await ask(server, '/api/chat', { body: { messages, stream: false } });
    expect(text).toContain('The tool said: last');
    const { prompt } = server.requests[0] ?? {};
    expect(prompt?.type === 'chat' && prompt.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'call_1_0', name: 'f', arguments: '{"of":"f"}' },
          { id: 'call_1_1', name: 'g', arguments: '{"of":"g"}' },
          { id: 'call_1_2', name: 'f', arguments: '{"of":"f"}' },
        ],
      },
      { role: 'tool', name: 'g', content: 'G', toolCallId: 'call_1_1' },
      { role: 'tool', content: 'F', toolCallId: 'call_1_0' },
      { role: 'tool', content: 'last', toolCallId: 'call_1_2' },
    ]);
  });

  test('probabilities stand beside the text', async () => {
    const body = { messages: [user('echo a')], logprobs: true, top_logprobs: 1, stream: false };
    const { text } = await ask(await startTestServer(), '/api/chat', { body });
    expect(text).toContain('"logprobs":[{');
    expect(text).toMatch(/"token":"a","logprob":-0\.25,"bytes":\[97\],"top_logprobs":\[\{/);
  });
});

describe('generate', () => {
  const generate = { model: 'test-model:latest', prompt: 'count to 2' };

  test('streams the response; the last line has the token ids of the conversation', async () => {
    const { text } = await ask(await startTestServer(), '/api/generate', { body: generate });
    expect(text).toBe(
      [
        `${head}"response":"1","done":false}\n`,
        `${head}"response":" 2","done":false}\n`,
        `${head}"response":"",${end('stop', 8, 2).replace('"total', '"context":IDS,"total')}`,
      ].join(''),
    );
  });

  test('a prompt becomes a chat by the model’s template, with the system text before it; a raw one stays as it is', async () => {
    const server = await startTestServer();
    await ask(server, '/api/generate', { body: { ...generate, system: 'Be brief.' } });
    await ask(server, '/api/generate', { body: { ...generate, raw: true } });
    expect(server.requests.map(({ prompt }) => prompt)).toEqual([
      { type: 'chat', messages: [{ role: 'system', content: 'Be brief.' }, user('count to 2')] },
      { type: 'text', text: 'count to 2' },
    ]);
  });

  test('the next turn continues the very tokens of the one before', async () => {
    const server = await startTestServer();
    const turn = async (body: object) => {
      const response = await fetch(`${server.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ prompt: 'count to 2', stream: false, ...body }),
      });
      return (await response.json()) as { context: number[]; prompt_eval_count: number; eval_count: number };
    };
    const first = await turn({});
    expect(first.context).toHaveLength(first.prompt_eval_count + first.eval_count);
    const second = await turn({ context: first.context });
    expect(second.context.slice(0, first.context.length)).toEqual(first.context);
    const added = second.context.slice(first.context.length, second.prompt_eval_count);
    const { text } = await ask(server, '/detokenize', { body: { tokens: added } });
    // What the template writes behind an answer, and the turn that follows.
    expect(JSON.parse(text)).toEqual({ content: '</assistant>\n<user>count to 2</user>\n<assistant>' });
  });

  test('raw contradicts system and context, in the words of Ollama', async () => {
    for (const field of [{ system: 'x' }, { context: [5] }]) {
      const { status, text } = await ask(await startTestServer(), '/api/generate', {
        body: { ...generate, raw: true, ...field },
      });
      expect(status).toBe(400);
      expect(text).toContain('raw mode does not support template, system, or context');
    }
  });

  test('a gap before a suffix is filled by models that can, and by no others', async () => {
    const body = { ...generate, prompt: 'count to 2', suffix: ' end' };
    const plain = await ask(await startTestServer(), '/api/generate', { body });
    expect([plain.status, plain.text]).toEqual([400, '{"error":"\\"test-model:latest\\" does not support insert"}']);
    const traits = { gives: 'text', presentsTools: false, thinks: false, fillsIn: true } as const;
    const server = await startTestServer({ records: [makeModelRecord({ facts: { traits } })] });
    expect((await ask(server, '/api/generate', { body })).status).toBe(200);
    expect(server.requests[0]?.prompt).toEqual({ type: 'infill', prefix: 'count to 2', suffix: ' end' });
    const both = await ask(server, '/api/generate', { body: { ...body, system: 'x' } });
    expect(both.status).toBe(400);
  });

  test('the prompt is shown instead of answered when asked', async () => {
    const server = await startTestServer();
    const { text } = await ask(server, '/api/generate', { body: { ...generate, _debug_render_only: true } });
    expect(text).toBe(`${head}"_debug_info":{"rendered_template":"<user>count to 2</user>\\n<assistant>"}}`);
    expect(server.requests).toHaveLength(0);
  });
});

describe('loading', () => {
  test.each([
    ['/api/chat', '"message":{"role":"assistant","content":""}'],
    ['/api/generate', '"response":""'],
  ])('%s without a word loads the model; with a keep-alive of 0 it frees it', async (path, words) => {
    const server = await startTestServer();
    const load = await ask(server, path, { body: { model: 'test-model:latest', keep_alive: '1h30m' } });
    expect(load.text).toBe(`${head}${words},"done":true,"done_reason":"load"}`);
    expect(load.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const [id, state] = [...server.scheduler.states()][0] ?? [];
    expect(id).toBe('test-model');
    const leftMs = state?.state === 'loaded' ? Date.parse(state.unloadsAt ?? '') - Date.now() : 0;
    expect(leftMs / 60_000).toBeCloseTo(90, 0);
    const unload = await ask(server, path, { body: { model: 'test-model:latest', keep_alive: 0 } });
    expect(unload.text).toBe(`${head}${words},"done":true,"done_reason":"unload"}`);
    expect(server.scheduler.states().size).toBe(0);
  });

  test('num_ctx makes a context larger and never smaller; what it came to is told', async () => {
    const server = await startTestServer({ settings: { contextSize: 1024 } });
    const load = async (num_ctx: number) => {
      const { headers } = await ask(server, '/api/chat', { body: { model: 'test-model', options: { num_ctx } } });
      const [state] = server.scheduler.states().values();
      return [headers.get('x-impetus-applied'), state?.state === 'loaded' && state.contextSize];
    };
    expect(await load(2048)).toEqual([null, 2048]);
    expect(await load(1024)).toEqual(['options.num_ctx=2048', 2048]);
    expect(await load(100_000)).toEqual(['options.num_ctx=8192', 8192]);
  });
});

describe('errors', () => {
  test.each([
    ['/api/chat', { model: 'nobody', messages: [user('x')] }],
    ['/api/generate', { model: 'nobody', prompt: 'x' }],
    ['/api/embed', { model: 'nobody', input: 'x' }],
    ['/api/show', { name: 'nobody' }],
  ])('%s does not know a model', async (path, body) => {
    const { status, text } = await ask(await startTestServer(), path, { body });
    expect([status, text]).toEqual([404, '{"error":"model \'nobody\' not found"}']);
  });

  test('thinking is asked of a model that cannot', async () => {
    const body = { messages: [user('x')], think: 'high' };
    const { status, text } = await ask(await startTestServer(), '/api/chat', { body });
    expect([status, text]).toEqual([400, '{"error":"\\"test-model:latest\\" does not support thinking"}']);
  });

  test('a prompt that does not fit is refused with its numbers', async () => {
    const body = { messages: [user('word '.repeat(100))] };
    const { status, text } = await ask(await startTestServer({ settings: { contextSize: 64 } }), '/api/chat', { body });
    expect(status).toBe(400);
    expect(text).toMatch(
      /^\{"error":"the input length exceeds the context length: \d+ tokens, the context holds 64"\}$/,
    );
  });

  test('a failure in the middle of an answer is its last line', async () => {
    const body = { messages: [user('crash after 2')] };
    const { status, text } = await ask(await startTestServer(), '/api/chat', { body });
    expect(status).toBe(200);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\{"error":"[^"]+"\}$/);
  });

  test.each([
    ['options.temperature', { options: { temperature: 'hot' } }],
    ['options.tfs_z', { options: { tfs_z: 0.5 } }],
    ['options.stop[1]', { options: { stop: ['a', 1] } }],
    ['messages[0].images', { messages: [{ ...user('x'), images: ['aGk='] }] }],
    ['think', { think: 'hard' }],
    ['format', { format: 'xml' }],
  ])('%s is named when it is wrong', async (field, fields) => {
    const body = { messages: [user('x')], ...fields };
    const { status, text } = await ask(await startTestServer(), '/api/chat', { body });
    expect(status).toBe(400);
    expect((JSON.parse(text) as { error: string }).error).toContain(`"${field}"`);
  });

  test('a schema that cannot be enforced is named by its place', async () => {
    const server = await startTestServer();
    const body = { messages: [user('fail schema-unsupported')], format: { type: 'object' } };
    expect((await ask(server, '/api/chat', { body })).status).toBe(400);
  });

  test('unknown paths and wrong methods are told in Ollama’s form', async () => {
    const server = await startTestServer();
    const unknown = await ask(server, '/api/chatt', { body: {} });
    expect([unknown.status, unknown.text]).toEqual([
      404,
      '{"error":"There is no route \\"/api/chatt\\". Did you mean /api/chat?"}',
    ]);
    const wrong = await ask(server, '/api/chat', { method: 'GET' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    const broken = await fetch(`${server.url}/api/chat`, { method: 'POST', body: '{' });
    expect(await broken.json()).toEqual({ error: expect.stringContaining('ends too early') as string });
  });
});
