import { describe, expect, test } from 'vitest';
import { decodeItems } from '#main/api/openai/responses/decode-items.ts';
import { itemsSchema } from '#main/api/openai/responses/item-fields.ts';
import { decodeTools } from '#main/api/openai/responses/tool-fields.ts';

const decode = (items: object[]) => decodeItems(itemsSchema.parse(items), (name) => name);
const said = (content: unknown) => ({ role: 'assistant', content });
const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
const result = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'r' });
const thought = (text: string) => ({ type: 'reasoning', content: [{ type: 'reasoning_text', text }] });

describe('turns of the model', () => {
  test('thinking, text and calls up to the next result are one message', () => {
    expect(decode([thought('t'), said('a'), call('1'), call('2'), result('1'), result('2')]).messages).toEqual([
      {
        role: 'assistant',
        content: 'a',
        reasoning: 't',
        toolCalls: [
          { id: '1', name: 'f', arguments: '{}' },
          { id: '2', name: 'f', arguments: '{}' },
        ],
      },
      { role: 'tool', content: 'r', toolCallId: '1' },
      { role: 'tool', content: 'r', toolCallId: '2' },
    ]);
  });

  test('two answers in a row stay two; a thought after an answer begins the next one', () => {
    expect(decode([said('a'), said('b'), thought('t'), said('c')]).messages).toEqual([
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'assistant', content: 'c', reasoning: 't' },
    ]);
  });

  test('an answer without a word leaves nothing', () => {
    expect(decode([{ role: 'user', content: 'x' }, said('')]).messages).toEqual([{ role: 'user', content: 'x' }]);
  });

  test('parts of an answer follow each other; those of others stand below each other', () => {
    const parts = (type: string) => [
      { type, text: 'a' },
      { type, text: 'b' },
    ];
    expect(decode([said(parts('output_text')), { role: 'user', content: parts('input_text') }]).messages).toEqual([
      { role: 'assistant', content: 'ab' },
      { role: 'user', content: 'a\nb' },
    ]);
  });
});

test.each([
  [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:' }] }, 'input[0].content[0]'],
  [{ type: 'message', content: 'x' }, 'input[0].role'],
  [{ role: 'user' }, 'input[0].content'],
  [{ type: 'function_call', name: 'f' }, 'input[0].call_id'],
  [{ type: 'function_call', call_id: 'c' }, 'input[0].name'],
  [{ type: 'function_call_output', output: 'x' }, 'input[0].call_id'],
])('%o is refused with its place', (item, param) => {
  expect(() => decode([item])).toThrow(expect.objectContaining({ data: { param } }) as Error);
});

test('what says nothing to a model is skipped and named once', () => {
  expect(decode([{ type: 'web_search_call' }, { type: 'web_search_call' }, { type: 'mcp_list_tools' }])).toEqual({
    messages: [],
    skipped: ['input[].web_search_call', 'input[].mcp_list_tools'],
  });
});

test('functions of two namespaces may have one name: the second is known by both', () => {
  const inner = [{ type: 'function', name: 'run' }];
  const { tools, origins } = decodeTools([
    { type: 'namespace', name: 'a', tools: inner },
    { type: 'namespace', name: 'b', tools: inner },
  ]);
  expect(tools.map(({ name }) => name)).toEqual(['run', 'b__run']);
  expect(origins.get('b__run')).toEqual({ name: 'run', namespace: 'b', isCustom: false });
});
