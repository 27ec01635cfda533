import type { ControlClient } from '#shared/control/client.ts';
import type { ChatMessage } from '#shared/domain/chat.ts';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { toAppError } from '#shared/errors/app-error.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { exitCodes } from './exit-code.ts';
import { generateAnswer } from './generate-answer.ts';
import { LineReader } from './line-reader.ts';
import { showLoading } from './loading-line.ts';
import type { Output } from './output.ts';

const help = 'Type a message. /clear forgets the conversation, /bye leaves. Ctrl-C stops an answer, twice leaves.';

export interface ChatSessionOptions {
  client: ControlClient;
  environment: CliEnvironment;
  output: Output;
  /** The request for a conversation. */
  toRequest: (messages: ChatMessage[]) => GenerationRequest;
}

/** A conversation at the terminal, until the user leaves. Resolves to the exit code. */
export async function runChatSession(options: ChatSessionOptions): Promise<number> {
  const { environment, output } = options;
  const reader = new LineReader(environment.stdin, environment.stdout);
  const stopListening = environment.onInterrupt(() => reader.end());
  let messages: ChatMessage[] = [];
  let interrupts = 0;
  output.note(help);
  try {
    for (;;) {
      const line = await reader.read('>>> ');
      if (line.type === 'end') return exitCodes.ok;
      if (line.type === 'interrupt') {
        interrupts = line.hadText ? 1 : interrupts + 1;
        if (interrupts > 1) return exitCodes.interrupted;
        output.note('\nPress Ctrl-C again or type /bye to leave.');
        continue;
      }
      interrupts = 0;
      const text = line.text.trim();
      if (text === '/bye') return exitCodes.ok;
      if (text === '/clear') messages = [];
      else if (text === '/help') output.note(help);
      else if (text !== '') {
        const turn = await answerTurn(options, reader, [...messages, { role: 'user', content: text }]);
        messages = turn.messages;
        interrupts = turn.wasInterrupted ? 1 : 0;
      }
    }
  } finally {
    stopListening();
    reader.close();
  }
}

interface Turn {
  messages: ChatMessage[];
  wasInterrupted: boolean;
}

/** Asks and shows one answer. What was said before an interruption stays part of the conversation. */
async function answerTurn(
  { client, output, toRequest }: ChatSessionOptions,
  reader: LineReader,
  messages: ChatMessage[],
): Promise<Turn> {
  let text = '';
  const stopLoading = showLoading(client, output);
  const asked = reader.interruptible((abort) =>
    generateAnswer(client, toRequest(messages), {
      abort,
      onStart: stopLoading,
      onText(part) {
        text += part;
        output.stream(part);
      },
    }),
  );
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => toAppError(thrown),
  );
  stopLoading();
  output.stream('\n');
  const wasInterrupted = error?.code === 'cancelled';
  if (error && !wasInterrupted) output.error(error);
  if (text === '') return { messages: error ? messages.slice(0, -1) : messages, wasInterrupted };
  return { messages: [...messages, { role: 'assistant', content: text }], wasInterrupted };
}
