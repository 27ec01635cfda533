import { describe, expect, test } from 'vitest';
import { messagesSchema } from '#main/api/anthropic/block-fields.ts';
import { decodeMessages } from '#main/api/anthropic/message-fields.ts';
import { MessageEvents } from '#main/api/anthropic/events.ts';

const decode = (messages: unknown[], system?: string) => decodeMessages(system, messagesSchema.parse(messages));
const user = (...content: object[]) => ({ role: 'user', content });
const text = (value: string) => ({ type: 'text', text: value });

describe('messages of the user', () => {
  test('texts stand below each other; results of tools are messages of their own, in their order', () => {
    expect(
      decode([user(text('a'), { type: 'tool_result', tool_use_id: 'toolu_1', content: 'r' }, text('b'), text('c'))]),
    ).toEqual([
      { role: 'user', content: 'a' },
      { role: 'tool', content: 'r', toolCallId: 'call_1' },
      { role: 'user', content: 'b\nc' },
    ]);
  });

  test.each([
    [{ type: 'document', source: { type: 'text', data: 'body' }, title: 'T', context: 'C' }, 'T\nC\nbody'],
    [{ type: 'document', source: { type: 'content', content: [text('x'), text('y')] } }, 'x\ny'],
    [
      { type: 'search_result', source: 'https://a.example', title: 'T', content: [text('x')] },
      'T\nhttps://a.example\nx',
    ],
  ])('%o is a text', (block, expected) => {
    expect(decode([user(block)])).toEqual([{ role: 'user', content: expected }]);
    const result = { type: 'tool_result', tool_use_id: 't', content: [block] };
    expect(decode([user(result)])).toEqual([{ role: 'tool', content: expected, toolCallId: 't' }]);
  });

  test('a tool that was found is told by its name', () => {
    const content = [{ type: 'tool_reference', tool_name: 'grep' }];
    expect(decode([user({ type: 'tool_result', tool_use_id: 't', content })])).toMatchObject([{ content: 'grep' }]);
  });

  test.each([
    [{ type: 'image', source: { type: 'base64', data: 'AA==' } }, 'messages[0].content[0]'],
    [{ type: 'document', source: { type: 'base64', data: 'AA==' } }, 'messages[0].content[0].source'],
    [
      { type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } },
      'messages[0].content[0].citations',
    ],
    [{ type: 'text' }, 'messages[0].content[0].text'],
    [{ type: 'tool_result', content: 'x' }, 'messages[0].content[0].tool_use_id'],
    [{ type: 'container_upload' }, 'messages[0].content[0]'],
  ])('%o is refused with its place', (block, param) => {
    expect(() => decode([user(block)])).toThrow(expect.objectContaining({ data: { param } }) as Error);
  });
});

describe('messages of the model', () => {
  test('thinking, texts and calls are one message', () => {
    expect(
      decode([
        user(text('q')),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: '' },
            { type: 'redacted_thinking', data: 'x' },
            text('a'),
            text('b'),
            { type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } },
          ],
        },
      ])[1],
    ).toEqual({
      role: 'assistant',
      content: 'ab',
      reasoning: 'hm',
      toolCalls: [{ id: 'call_1', name: 'f', arguments: '{"x":1}' }],
    });
  });

  test('tools that ran on another server are calls with results within the turn', () => {
    expect(
      decode([
        {
          role: 'assistant',
          content: [
            text('look'),
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
            {
              type: 'web_search_tool_result',
              tool_use_id: 'srvtoolu_1',
              content: [{ type: 'r', url: 'u', title: 't' }],
            },
            text('found'),
          ],
        },
      ]),
    ).toEqual([
      {
        role: 'assistant',
        content: 'look',
        toolCalls: [{ id: 'srvtoolu_1', name: 'web_search', arguments: '{"query":"x"}' }],
      },
      { role: 'tool', content: '[{"type":"r","title":"t","url":"u"}]', toolCallId: 'srvtoolu_1' },
      { role: 'assistant', content: 'found' },
    ]);
  });
});

describe('messages of the system', () => {
  test('behind the result of a tool one stays; the beginning of a conversation is the same in every turn', () => {
    const turns = [
      user(text('q')),
      { role: 'system', content: 'r1' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
      user({ type: 'tool_result', tool_use_id: 't', content: 'x' }),
      { role: 'system', content: 'r2' },
    ];
    const whole = decode(turns, 's');
    expect(whole.map(({ role, content }) => `${role}:${content}`)).toEqual([
      'system:s',
      'system:r1',
      'user:q',
      'assistant:',
      'tool:x',
      'system:r2',
    ]);
    expect(decode(turns.slice(0, 2), 's')).toEqual(whole.slice(0, 3));
  });
});

test('a silent stream is kept open by pings, also before it begins', () => {
  const head = { id: 'msg_1', model: 'm', showsThinking: true, hasContextManagement: false };
  expect(new MessageEvents(head, 'req_1').encodeKeepAlive()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});
