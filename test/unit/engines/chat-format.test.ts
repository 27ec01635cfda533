import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '#shared/domain/chat.ts';
import { ChatFormat } from '#main/engines/llama-cpp/chat-format.ts';
import { compileBounded } from '#main/engines/llama-cpp/templates/bounded-template.ts';
import { defaultTemplateLimits } from '#main/engines/llama-cpp/templates/template-limits.ts';
import { normaliseTurns, splitAnswerStart } from '#main/engines/llama-cpp/chat-messages.ts';

const chatMl =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
/** Refuses everything but strictly alternating turns after at most one system message. */
const strict =
  "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('system in the middle') }}" +
  '{% endif %}{% if not loop.first and m.role == messages[loop.index0 - 1].role %}' +
  "{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.role }}:{{ m.content }}]{% endfor %}";
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const system = (content: string): ChatMessage => ({ role: 'system', content });

function createFormat(template: string | null, options: { toolTemplate?: string } = {}) {
  return new ChatFormat({
    template,
    toolTemplate: options.toolTemplate ?? null,
    beginText: '<s>',
    endText: '</s>',
    compile: (text) => compileBounded(text, defaultTemplateLimits),
    mostCharacters: 10_000,
  });
}

describe('ChatFormat', () => {
  test('renders the messages and opens the answer', () => {
    expect(createFormat(chatMl).render({ messages: [system('Be brief.'), user('Hi')] })).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  test('an answer that the client began is continued, not closed', () => {
    expect(createFormat(chatMl).render({ messages: [user('Count'), assistant('One, two,')] })).toBe(
      '<|im_start|>user\nCount<|im_end|>\n<|im_start|>assistant\nOne, two,',
    );
  });

  test('a template that is strict about roles gets the turns in its order', () => {
    const messages = [user('a'), system('S1'), user('b'), assistant('c'), user('d'), system('S2')];
    expect(createFormat(strict).render({ messages })).toBe('<s>[system:S1\n\nS2][user:a\n\nb][assistant:c][user:d]');
  });

  test('a template without a system role gets its text in front of the first question', () => {
    const noSystem =
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
      '[{{ m.role }}:{{ m.content }}]{% endfor %}';
    const messages = [system('Be brief.'), user('Hi'), assistant('Yo'), user('Bye')];
    expect(createFormat(noSystem).render({ messages })).toBe('[user:Be brief.\n\nHi][assistant:Yo][user:Bye]');
  });

  test('messages that the template accepts are never rearranged', () => {
    expect(createFormat(chatMl).render({ messages: [user('a'), system('S'), user('b')] })).toContain(
      'user\na<|im_end|>\n<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nb',
    );
  });

  test('a refusal carries the words of the template', () => {
    const format = createFormat("{{ raise_exception('only emoji, please') }}");
    expect(() => format.render({ messages: [user('a')] })).toThrow(
      expect.objectContaining({
        code: 'template-failed',
        message: "The model's chat template refused the messages: only emoji, please",
      }),
    );
  });

  test('a template that cannot be read is a template error', () => {
    const format = createFormat('{% if %}');
    expect(() => format.render({ messages: [user('a')] })).toThrow(
      expect.objectContaining({ code: 'template-failed' }),
    );
  });

  test('without a template the hint names the completions route', () => {
    const format = createFormat(null);
    expect(() => format.render({ messages: [user('a')] })).toThrow(
      expect.objectContaining({ code: 'template-failed', hint: expect.stringContaining('/v1/completions') as string }),
    );
  });

  test('extra arguments reach the template, but never replace the messages', () => {
    const format = createFormat('{{ enable_thinking }} {{ messages | length }}');
    expect(
      format.render({ messages: [user('a')], templateArguments: { enable_thinking: false, messages: [] } }),
    ).toMatch(/^false 1$/i);
  });

  test('a template of its own is taken when tools are given', () => {
    const format = createFormat(chatMl, { toolTemplate: "{{ tools[0]['function']['name'] }}/{{ tools[0].type }}" });
    expect(format.render({ messages: [user('a')], tools: [{ name: 'search' }] })).toBe('search/function');
    expect(format.render({ messages: [user('a')], tools: [] })).toContain('user\na');
  });

  const turns: ChatMessage[] = [
    user('a'),
    { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'f', arguments: '{"q":1}' }] },
    { role: 'tool', content: 'r', toolCallId: '1' },
  ];

  test('past calls reach a template that knows them as calls, one that does not as words', () => {
    const knowing = chatMl.replace(
      'm.content + ',
      `(m.content or '') + ('<tool_call>\\n{"name": "' + m.tool_calls[0].function.name + '", "arguments": ' + (m.tool_calls[0].function.arguments | tojson) + '}\\n</tool_call>' if m.tool_calls else '') + `,
    );
    expect(createFormat(knowing).render({ messages: turns })).toContain(
      '<|im_start|>assistant\n<tool_call>\n{"name": "f", "arguments": {"q": 1}}\n</tool_call><|im_end|>\n<|im_start|>tool\nr<|im_end|>',
    );
    expect(createFormat(chatMl).render({ messages: turns })).toContain(
      '<|im_start|>assistant\n<tool_call>\n{"name": "f", "arguments": {"q":1}}\n</tool_call><|im_end|>\n' +
        '<|im_start|>user\n<tool_response>\nr\n</tool_response><|im_end|>',
    );
  });

  test('tools are described to a model whose template does not show them', () => {
    const prompt = createFormat(chatMl).render({ messages: [user('a')], tools: [{ name: 'search' }] });
    expect(prompt).toMatch(/^<\|im_start\|>system\nYou can call these tools:\n<tools>\n{"name":"search"/);
    expect(prompt).toContain('<|im_start|>user\na<|im_end|>');
  });
});

describe('chat messages', () => {
  test('a last message with tool calls is history, not the beginning of an answer', () => {
    const message: ChatMessage = {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: '1', name: 'f', arguments: '{}' }],
    };
    expect(splitAnswerStart([message])).toEqual({ history: [message], answerStart: '' });
  });

  test('tool results and calls are never joined', () => {
    const call: ChatMessage = { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'f', arguments: '{}' }] };
    const results: ChatMessage[] = [
      { role: 'tool', content: 'a', toolCallId: '1' },
      { role: 'tool', content: 'b', toolCallId: '2' },
    ];
    expect(normaliseTurns([call, assistant('text'), ...results])).toEqual([call, assistant('text'), ...results]);
  });
});
