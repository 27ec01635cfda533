import type { Prompt, ReasoningOptions } from '#shared/domain/generation.ts';

/** The three steps that templates with an effort know. */
const templateEfforts = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
} as const satisfies Record<NonNullable<ReasoningOptions['effort']>, string>;

/**
 * What a request says about thinking, under the names that chat templates look for: `enable_thinking` (Qwen, GLM,
 * SmolLM3), `thinking` (DeepSeek, Granite, Kimi), `reasoning_effort` (gpt-oss), `thinking_budget` (Seed). A template
 * does not look at names it does not know; variables that the request itself names go before these.
 */
export function withReasoningArguments(prompt: Prompt, reasoning: ReasoningOptions | undefined): Prompt {
  if (prompt.type !== 'chat' || reasoning === undefined) return prompt;
  const { effort, budgetTokens } = reasoning;
  const isEnabled = reasoning.isEnabled ?? (effort === undefined ? undefined : effort !== 'none');
  const templateArguments = {
    ...(isEnabled === undefined ? {} : { enable_thinking: isEnabled, thinking: isEnabled }),
    ...(effort === undefined ? {} : { reasoning_effort: templateEfforts[effort] }),
    ...(budgetTokens === undefined ? {} : { thinking_budget: budgetTokens }),
    ...prompt.templateArguments,
  };
  return { ...prompt, templateArguments };
}
