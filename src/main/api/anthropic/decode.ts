import type {
  GenerationRequest,
  OutputFormat,
  Prompt,
  ReasoningOptions,
  ToolChoice,
} from '#shared/domain/generation.ts';
import { decodeSampling } from '../openai/sampling-fields.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { decodeMessages } from './message-fields.ts';
import type { CountRequest, MessageRequest } from './schema.ts';
import { decodeThinking } from './thinking-fields.ts';
import { decodeTools } from './tool-fields.ts';

export interface DecodedPrompt {
  prompt: Prompt;
  reasoning: ReasoningOptions;
  toolChoice: ToolChoice | undefined;
  isParallel: boolean | undefined;
}

/** What is put in, for an answer or for a count. Errors: those of messages and tools. */
export function decodePrompt(body: CountRequest & Partial<Pick<MessageRequest, 'output_config'>>): DecodedPrompt {
  const { tools, choice, isParallel } = decodeTools(body);
  return {
    prompt: {
      type: 'chat',
      messages: decodeMessages(body.system, body.messages),
      ...(tools.length > 0 ? { tools } : {}),
    },
    reasoning: decodeThinking(body, body.output_config?.effort ?? undefined),
    toolChoice: tools.length > 0 ? choice : undefined,
    isParallel,
  };
}

/** The neutral request. Errors: those of messages and tools. */
export function decodeMessageRequest(body: MessageRequest): GenerationRequest {
  const { prompt, reasoning, toolChoice, isParallel } = decodePrompt(body);
  return withoutUndefined({
    model: body.model,
    prompt,
    sampling: decodeSampling(body),
    maxTokens: body.max_tokens,
    stops: (body.stop_sequences ?? []).filter((text) => text !== ''),
    output: decodeOutput(body),
    reasoning,
    toolChoice,
    parallelToolCalls: isParallel,
  });
}

function decodeOutput({ output_config, output_format }: MessageRequest): OutputFormat | undefined {
  const format = output_config?.format ?? output_format;
  return format ? { type: 'json-schema', schema: format.schema } : undefined;
}

/** The field that says what the answer has to be. */
export function findFormatField({ output_config }: MessageRequest): string {
  return output_config?.format ? 'output_config.format.schema' : 'output_format.schema';
}
