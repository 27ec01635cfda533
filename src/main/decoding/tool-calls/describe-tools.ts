import type { Tool } from '#shared/domain/chat.ts';
import { renderCalls } from './render-calls.ts';
import type { ToolCallSyntax } from './syntax.ts';

/**
 * Tools as text, for models whose chat template does not show them: what they are and, by an example in the model's own
 * syntax, how one is called. The results come back in `<tool_response>` blocks where the template has no role for them.
 */
export function describeTools(tools: readonly Tool[], syntax: ToolCallSyntax): string {
  const lines = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters: parameters ?? { type: 'object', properties: {} } }),
  );
  const example = { id: 'call00001', name: 'name_of_the_tool', arguments: '{"name_of_an_argument": "its value"}' };
  return [
    'You can call these tools:',
    '<tools>',
    ...lines,
    '</tools>',
    'To call a tool, answer in this form, and write nothing behind it:',
    renderCalls(syntax, [example]),
    'The result comes back in the next message. If no tool helps, answer in plain words.',
  ].join('\n');
}

export function describeResult(content: string): string {
  return `<tool_response>\n${content}\n</tool_response>`;
}
