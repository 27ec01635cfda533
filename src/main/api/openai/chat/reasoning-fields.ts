import { z } from 'zod';
import type { ReasoningOptions } from '#shared/domain/generation.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { withoutUndefined } from '../../without-undefined.ts';

const effortSchema = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
/** -1 is no limit. */
const budgetSchema = z.int().min(-1).max(100_000_000);

/** How a request talks about thinking: OpenAI's field, and those of llama-server, OpenRouter, Qwen, GLM and DeepSeek. */
export const reasoningFields = {
  reasoning_effort: effortSchema.optional(),
  reasoning: z
    .object({
      effort: effortSchema.nullish(),
      max_tokens: budgetSchema.nullish(),
      enabled: z.boolean().nullish(),
      exclude: z.boolean().nullish(),
    })
    .optional(),
  reasoning_format: z.enum(['none', 'auto', 'deepseek']).optional(),
  chat_template_kwargs: boundedJsonSchema.optional(),
  enable_thinking: z.boolean().optional(),
  thinking: z
    .union(
      [
        z.boolean(),
        z.object({ type: z.enum(['enabled', 'disabled', 'adaptive']), budget_tokens: budgetSchema.nullish() }),
      ],
      'expected true, false or an object with a type',
    )
    .optional(),
  thinking_budget: budgetSchema.optional(),
  thinking_budget_tokens: budgetSchema.optional(),
  reasoning_budget: budgetSchema.optional(),
  reasoning_budget_tokens: budgetSchema.optional(),
} as const;

type ReasoningFields = z.infer<z.ZodObject<typeof reasoningFields>>;

/** Undefined when the request says nothing about thinking. */
export function decodeReasoning(fields: ReasoningFields): ReasoningOptions | undefined {
  const effort = fields.reasoning_effort ?? fields.reasoning?.effort ?? undefined;
  const options = withoutUndefined({
    isEnabled: findSwitch(fields) ?? (effort === undefined ? undefined : effort !== 'none'),
    effort,
    budgetTokens: findBudget(fields),
  });
  return Object.keys(options).length === 0 ? undefined : options;
}

function findSwitch({ enable_thinking, thinking, reasoning, chat_template_kwargs }: ReasoningFields) {
  const byThinking = typeof thinking === 'object' ? toSwitch(thinking.type) : thinking;
  const byTemplate = chat_template_kwargs?.['enable_thinking'];
  return (
    enable_thinking ?? byThinking ?? reasoning?.enabled ?? (typeof byTemplate === 'boolean' ? byTemplate : undefined)
  );
}

function toSwitch(type: 'enabled' | 'disabled' | 'adaptive'): boolean | undefined {
  return type === 'adaptive' ? undefined : type === 'enabled';
}

function findBudget(fields: ReasoningFields): number | undefined {
  const { thinking } = fields;
  const budget =
    fields.reasoning_budget_tokens ??
    fields.reasoning_budget ??
    fields.thinking_budget_tokens ??
    fields.thinking_budget ??
    (typeof thinking === 'object' ? thinking.budget_tokens : undefined) ??
    fields.reasoning?.max_tokens ??
    -1;
  return budget === -1 ? undefined : budget;
}

/** Where thinking goes in the answer: a field of its own, the text itself within `<think>`, or nowhere. */
export type ReasoningPlace = 'apart' | 'inline' | 'left-out';

export function decodeReasoningPlace({ reasoning, reasoning_format }: ReasoningFields): ReasoningPlace {
  if (reasoning?.exclude === true) return 'left-out';
  return reasoning_format === 'none' ? 'inline' : 'apart';
}
