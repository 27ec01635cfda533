import { z } from 'zod';

const chatSchema = z.object({
  choices: z.array(
    z.object({
      message: z.object({
        content: z.string().nullish(),
        tool_calls: z.array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) })).nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }),
});

export interface ToolCall {
  name: string;
  /** JSON text, as the server wrote it. */
  arguments: string;
}

/** What a chat completion says. */
export interface ChatAnswer {
  content: string;
  calls: ToolCall[];
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
}

/** Throws for a body that is no chat completion. */
export function readChatAnswer(body: unknown): ChatAnswer {
  const { choices, usage } = chatSchema.parse(body);
  const [choice] = choices;
  return {
    content: choice?.message.content ?? '',
    calls: (choice?.message.tool_calls ?? []).map((call) => call.function),
    finishReason: choice?.finish_reason ?? '',
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  };
}

/** The value of a JSON text; undefined is no JSON value. */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
