import { expect, test } from 'vitest';
import { createRandom, type Random } from '#test/support/random.ts';
import { startTestServer } from '#test/support/start-test-server.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const bodies: Record<string, Json> = {
  '/v1/messages': {
    max_tokens: 5,
    system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: 'say a' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 't', signature: '' },
          { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1] } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'r' }], is_error: true },
          { type: 'document', source: { type: 'text', data: 'd' }, title: 't' },
          { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
        ],
      },
    ],
    tools: [{ name: 'f', input_schema: { type: 'object', properties: { a: { type: 'array' } } } }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 5, display: 'omitted' },
    output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: { type: 'all' } }] },
    stop_sequences: ['x'],
    metadata: { user_id: 'u' },
  },
  '/v1/messages/count_tokens': {
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
    thinking: { type: 'adaptive' },
  },
  '/v1/responses': {
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'say a' }] },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 's' }], encrypted_content: 'YQ==' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'o' }] },
      { type: 'custom_tool_call', call_id: 'd', name: 'p', input: 'i' },
      { type: 'custom_tool_call_output', call_id: 'd', output: 'o' },
      { type: 'local_shell_call', call_id: 'e', action: { command: ['ls'] } },
      { type: 'compaction', encrypted_content: 'YQ==' },
    ],
    instructions: 'i',
    tools: [
      { type: 'function', name: 'f', parameters: { type: 'object' }, strict: true },
      { type: 'custom', name: 'p', format: { type: 'text' } },
      { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'g' }] },
      { type: 'web_search' },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    metadata: { a: 'b' },
    stream_options: { include_obfuscation: false },
    max_output_tokens: 5,
    top_logprobs: 1,
    store: true,
  },
  '/v1/responses/input_tokens': { input: 'a', reasoning: { effort: 'low' } },
  '/v1/responses/compact': { input: [{ role: 'user', content: 'a' }] },
};

const odd: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, '', 'text', '\ud800', '\u0000', [], [null], [[]], {}],
  ...[{ type: null }, { type: 'nothing' }, { __proto__: [] }, { constructor: 1 }, 'x'.repeat(10_000)],
];

/** The value with one place of it, anywhere, replaced, dropped or added to. */
function spoil(value: Json, random: Random): Json {
  if (typeof value !== 'object' || value === null || random.next() < 0.2) return random.pick(odd);
  const copy = structuredClone(value);
  const keys = Object.keys(copy);
  if (keys.length === 0) return random.pick(odd);
  const key = random.pick(keys);
  const members = copy as Record<string, Json>;
  if (random.next() < 0.1) Reflect.deleteProperty(members, key);
  else members[key] = spoil(members[key] ?? null, random);
  return copy;
}

test.each(Object.keys(bodies))(
  '%s answers what is spoilt anywhere with what it can use or a fault of the client',
  async (path) => {
    const server = await startTestServer();
    const random = createRandom(20261121);
    const body = bodies[path] ?? null;
    const statuses = new Map<number, number>();
    for (let round = 0; round < 400; round++) {
      const spoilt = JSON.stringify(round === 0 ? body : spoil(body, random));
      const response = await fetch(`${server.url}${path}`, { method: 'POST', body: spoilt });
      const text = await response.text();
      expect([spoilt, text, response.status < 500]).toEqual([spoilt, text, true]);
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => ![200, 400, 404].includes(status))).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(10);
    expect(statuses.get(400)).toBeGreaterThan(10);
  },
);

test.each(['/v1/messages', '/v1/responses'])(
  '%s refuses what is nested too deeply, wherever it stands',
  async (path) => {
    const { url } = await startTestServer();
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const places =
      path === '/v1/messages'
        ? [
            `{"max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"x":${deep}}}]}]}`,
            `{"max_tokens":1,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{"x":${deep}}}]}`,
            `{"max_tokens":1,"messages":[{"role":"user","content":"x"}],"output_format":{"type":"json_schema","schema":{"x":${deep}}}}`,
          ]
        : [
            `{"input":[{"role":"user","content":"x","extra":${deep}}]}`,
            `{"input":"x","tools":[{"type":"function","name":"f","parameters":{"x":${deep}}}]}`,
            `{"input":"x","text":{"format":{"type":"json_schema","name":"x","schema":{"x":${deep}}}}}`,
          ];
    for (const body of places) {
      const response = await fetch(`${url}${path}`, { method: 'POST', body });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('nested deeper than 200 levels');
    }
  },
);
