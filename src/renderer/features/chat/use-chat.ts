import { useSyncExternalStore } from 'react';
import { useKept } from '../../control/control-context.ts';
import { ChatSession } from './chat-session.ts';
import type { ChatState } from './chat-state.ts';

/** The window's conversation and what can be done with it. */
export function useChat(): { chat: ChatState; session: ChatSession } {
  const session = useKept('chat-session', ({ client }) => new ChatSession(client));
  const chat = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.get(),
  );
  return { chat, session };
}
