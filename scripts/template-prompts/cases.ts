import type { ChatMessage, Tool } from '#shared/domain/chat.ts';

/** Conversations that every chat template is shown, by name. */
export const templateCases: Readonly<Record<string, { messages: ChatMessage[]; tools?: Tool[] }>> = (() => {
  const tools: Tool[] = [
    {
      name: 'get_weather',
      description: 'Weather of a city.',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string', description: 'The city.' }, days: { type: 'integer' } },
        required: ['city'],
      },
    },
    {
      name: 'add',
      description: 'Adds.',
      parameters: {
        type: 'object',
        properties: { a: { type: 'number' }, b: { type: 'number' } },
        required: ['a', 'b'],
      },
    },
  ];
  const system: ChatMessage = { role: 'system', content: 'Be brief.' };
  const chat: ChatMessage[] = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi there' },
    { role: 'user', content: 'Bye' },
  ];
  const question: ChatMessage[] = [system, { role: 'user', content: 'Weather?' }];
  const call: ChatMessage[] = [
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'a1B2c3D4e', name: 'get_weather', arguments: '{"city": "Paris", "days": 3}' }],
    },
    { role: 'tool', toolCallId: 'a1B2c3D4e', name: 'get_weather', content: 'sunny' },
  ];
  return {
    chat: { messages: chat },
    system: { messages: [system, ...chat] },
    tools: { messages: question, tools },
    call: { messages: [...question, ...call], tools },
  };
})();

const dates = /\b\d{4}-\d\d-\d\d\b|\b\d{1,2} [A-Z][a-z]{2} \d{4}\b|\b[A-Z][a-z]{2} \d{1,2},? \d{4}\b/g;

/** A prompt without what changes from day to day, and without the token that begins every text. */
export function toComparablePrompt(prompt: string): string {
  return prompt.replace(/^<s>/, '').replace(dates, 'TODAY');
}
