import { blockKeys } from './block-fields.ts';
import { toolKeys } from './tool-fields.ts';

const messageKeys: ReadonlySet<string> = new Set(['role', 'content']);

/** Keys inside messages, blocks and tools that make no difference, as `messages[].key`. */
export function findIgnoredKeys(raw: unknown): string[] {
  const names = new Set<string>();
  const { messages, tools } = raw as { messages: object[]; tools?: object[] | null };
  for (const message of messages) {
    collect(names, message, { known: messageKeys, prefix: 'messages[].' });
    const { content } = message as { content: unknown };
    if (!Array.isArray(content)) continue;
    for (const block of content as object[]) {
      collect(names, block, { known: blockKeys, prefix: 'messages[].content[].' });
      if ('type' in block && block.type === 'redacted_thinking') names.add('messages[].content[].redacted_thinking');
    }
  }
  for (const tool of tools ?? []) collect(names, tool, { known: toolKeys, prefix: 'tools[].' });
  return [...names];
}

function collect(
  names: Set<string>,
  item: object,
  { known, prefix }: { known: ReadonlySet<string>; prefix: string },
): void {
  for (const key in item) {
    if (!known.has(key) && (item as Record<string, unknown>)[key] !== null) names.add(prefix + key);
  }
}
