import type { ChatMessage } from '#shared/domain/chat.ts';

/**
 * An answer that the client began: the last message, when it is the assistant's and plain text. It is continued, so the
 * template must not close it.
 */
export function splitAnswerStart(messages: readonly ChatMessage[]): { history: ChatMessage[]; answerStart: string } {
  const last = messages.at(-1);
  const isAnswerStart = last?.role === 'assistant' && !last.toolCalls?.length;
  if (!isAnswerStart) return { history: [...messages], answerStart: '' };
  return { history: messages.slice(0, -1), answerStart: last.content };
}

/**
 * The same conversation for templates that are strict about the order of roles: one system message in front, and
 * neighbouring messages of the user or of the assistant joined by an empty line.
 */
export function normaliseTurns(messages: readonly ChatMessage[]): ChatMessage[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const turns: ChatMessage[] = system.length === 0 ? [] : [{ role: 'system', content: system.join('\n\n') }];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const previous = turns.at(-1);
    if (previous && canJoin(previous, message)) turns[turns.length - 1] = joinMessages(previous, message);
    else turns.push(message);
  }
  return turns;
}

/** For templates without a system role: its text in front of the first message of the user. */
export function foldSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const [system, ...turns] = normaliseTurns(messages);
  const first = turns[0];
  if (system?.role !== 'system' || first?.role !== 'user') return normaliseTurns(messages);
  return [joinMessages({ ...first, content: system.content }, first), ...turns.slice(1)];
}

function canJoin(previous: ChatMessage, message: ChatMessage): boolean {
  if (previous.role !== message.role) return false;
  return message.role === 'user' || (message.role === 'assistant' && !previous.toolCalls?.length);
}

function joinMessages(previous: ChatMessage, message: ChatMessage): ChatMessage {
  const content = [previous.content, message.content].filter((text) => text !== '').join('\n\n');
  return { ...previous, ...message, content };
}
