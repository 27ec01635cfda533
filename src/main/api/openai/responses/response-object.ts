import type { Sampling, Usage } from '#shared/domain/generation.ts';
import type { FinishEvent } from '../../relay.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { readEcho } from './echo.ts';
import type { OutputItem } from './output-items.ts';
import type { ResponseRequest } from './schema.ts';

/** What an answer says about itself and its request. */
export interface ResponseFacts {
  id: string;
  /** Unix seconds. */
  createdAt: number;
  /** As the client named it, or the model's id when it named none. */
  model: string;
  body: ResponseRequest;
  /** The body as it was sent: fields without effect are repeated, too. */
  raw: unknown;
  /** In force for this answer. */
  sampling: Sampling;
  /** Function tools. */
  tools: readonly object[];
}

interface ResponseProgress {
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  output: readonly OutputItem[];
  usage?: object;
  incompleteReason?: string | undefined;
  error?: { code: string; message: string };
}

export type ResponseObject = Record<string, unknown> & { id: string };

/** The whole resource: every member is there, null where there is nothing to say. */
export function encodeResponse(facts: ResponseFacts, progress: ResponseProgress): ResponseObject {
  const { id, createdAt, model, body, raw, sampling, tools } = facts;
  const { status, output, usage, incompleteReason, error } = progress;
  return {
    id,
    object: 'response',
    created_at: createdAt,
    completed_at: status === 'completed' || status === 'incomplete' ? Math.floor(Date.now() / 1000) : null,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: incompleteReason === undefined ? null : { reason: incompleteReason },
    model,
    output,
    ...encodePromptFields(body),
    ...encodeAnswerFields(body),
    service_tier: 'default',
    temperature: sampling.temperature,
    tools,
    top_p: sampling.topP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    truncation: 'disabled',
    usage: usage ?? null,
    ...readEcho(raw),
  };
}

function encodePromptFields({ instructions, previous_response_id, reasoning, tool_choice }: ResponseRequest): object {
  const summary = reasoning?.summary ?? reasoning?.generate_summary ?? null;
  return {
    instructions: instructions ?? null,
    previous_response_id: previous_response_id ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary },
    tool_choice: tool_choice ?? 'auto',
  };
}

function encodeAnswerFields(body: ResponseRequest): object {
  return {
    max_output_tokens: body.max_output_tokens ?? null,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    store: body.store ?? true,
    text: { format: body.text?.format ?? { type: 'text' } },
    top_logprobs: body.top_logprobs ?? 0,
    metadata: body.metadata ?? {},
  };
}

/** `reasoningTokens` of the output tokens were thinking. */
export function encodeResponseUsage({ promptTokens, cachedTokens, completionTokens }: Usage, reasoningTokens: number) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}

/** How an answer ended. A cancelled generation throws `cancelled`. */
export function toOutcome({ reason }: FinishEvent): Pick<ResponseProgress, 'incompleteReason'> & {
  status: 'completed' | 'incomplete';
} {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
      return { status: 'completed' };
    case 'length':
      return { status: 'incomplete', incompleteReason: 'max_output_tokens' };
    case 'content-filter':
      return { status: 'incomplete', incompleteReason: 'content_filter' };
    case 'cancelled':
      throw new AppError('cancelled', 'The generation was cancelled.');
    default:
      return reason satisfies never;
  }
}
