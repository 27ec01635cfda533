import type { ChatMessage, Tool } from '#shared/domain/chat.ts';
import type { Check, Finding } from '../check.ts';
import type { ModelUnderTest } from '../model-under-test.ts';

const parts = { system: 'Amber lanterns', user: 'Bright harbours', assistant: 'Calm meadows', tool: 'Distant thunder' };

const conversation: ChatMessage[] = [
  { role: 'system', content: parts.system },
  { role: 'user', content: parts.user },
  { role: 'assistant', content: parts.assistant },
  { role: 'user', content: 'And now?' },
];

const tools: Tool[] = [{ name: 'read_barometer', parameters: { type: 'object', properties: {} } }];
const toolConversation: ChatMessage[] = [
  { role: 'user', content: parts.user },
  { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'read_barometer', arguments: '{}' }] },
  { role: 'tool', content: parts.tool, toolCallId: 'call_1' },
];

/** Every role's words, and tools, come through the template; twice the same messages make the same prompt. */
export const templateCheck: Check = {
  ids: ['template'],
  needsText: true,
  async *run({ model }) {
    yield await checkTemplate(model);
  },
};

async function checkTemplate(model: ModelUnderTest): Promise<Finding> {
  if (!model.record.facts.hasChatTemplate) {
    return { id: 'template', verdict: 'not-applicable', detail: 'The file has no chat template.' };
  }
  const first = await model.read({ type: 'chat', messages: conversation });
  const again = await model.read({ type: 'chat', messages: conversation });
  const withTools = await model.read({ type: 'chat', messages: toolConversation, tools });
  const missing = [
    ...(['system', 'user', 'assistant'] as const).filter((role) => !first.text.includes(parts[role])),
    ...(withTools.text.includes(parts.tool) ? [] : ['tool']),
    ...(withTools.text.includes('read_barometer') ? [] : ['the list of tools']),
  ];
  const figures = { promptTokens: first.tokenCount };
  if (missing.length > 0) {
    const detail = `The template leaves out what these say: ${missing.join(', ')}.`;
    return { id: 'template', verdict: 'fail', detail, figures };
  }
  if (first.text !== again.text) {
    return { id: 'template', verdict: 'fail', detail: 'The same messages gave two different prompts.', figures };
  }
  const detail = 'It renders system, user, assistant and tool messages, and tools.';
  return { id: 'template', verdict: 'pass', detail, figures };
}
