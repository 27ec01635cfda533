import type { ServerState } from '#shared/domain/server-state.ts';

export type QuitAnswer = 'quit-now' | 'cancel' | 'finish-first';

/** What to ask before quitting; undefined when nothing runs. The first answer is the left button, `cancel` is Escape. */
export interface QuitQuestion {
  message: string;
  detail: string;
  answers: readonly { label: string; answer: QuitAnswer }[];
}

export function quitQuestion(server: ServerState | undefined): QuitQuestion | undefined {
  const waiting = (server?.activeRequests ?? 0) + (server?.queuedRequests ?? 0);
  if (waiting === 0) return undefined;
  const requests = waiting === 1 ? '1 request is' : `${waiting} requests are`;
  return {
    message: `Quit while ${requests} running?`,
    detail: 'Quitting now gives running answers five seconds; what is not finished then ends with an error.',
    answers: [
      { label: 'Quit now', answer: 'quit-now' },
      { label: 'Cancel', answer: 'cancel' },
      { label: 'Finish, then quit', answer: 'finish-first' },
    ],
  };
}
