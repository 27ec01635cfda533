import { readMarkers } from '#main/engines/llama-cpp/chat-format.ts';
import type { ChatTemplates } from '#main/engines/llama-cpp/templates/chat-templates.ts';

/** Templates that write the same text, or what a function makes of the messages, whatever they are given. */
export function createFakeTemplates(
  text: string | ((request: Parameters<ChatTemplates['render']>[0]) => string),
): Pick<ChatTemplates, 'markersOf' | 'render'> {
  const markers = readMarkers(undefined);
  return {
    markersOf: () => markers,
    render: async (request) => (typeof text === 'string' ? text : text(request)),
  };
}
