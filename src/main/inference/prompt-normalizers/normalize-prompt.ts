import type { ChatMessage } from '#shared/domain/chat.ts';
import type { Prompt } from '#shared/domain/generation.ts';
import type { NormalizerRule, PromptNormalizer } from '#shared/domain/prompt-normalizer.ts';
import { promptNormalizers, writeAlike } from './write-alike.ts';

export interface NormalizedPrompt {
  prompt: Prompt;
  /** What was changed, as `name=value`, for the client to see. */
  applied: string[];
}

/** The line that Claude Code puts in front of its system text; it differs with each session and says nothing to a model. */
const billingLine = /^x-anthropic-billing-header:[^\n]*(?:\n+|$)/;

/**
 * The prompt with its system messages as they stood in the prompt before: the known billing line is always taken out,
 * everything else only by the user's rules. What users and models said is never touched.
 */
export function normalizePrompt(prompt: Prompt, normalizers: readonly PromptNormalizer[]): NormalizedPrompt {
  if (prompt.type !== 'chat') return { prompt, applied: [] };
  const applied = new Set<string>();
  const change = (content: string): string => {
    let text = content.replace(billingLine, '');
    if (text !== content) applied.add('system.x-anthropic-billing-header=removed');
    for (const normalizer of normalizers) {
      const before = text;
      text = writeAlike(text, normalizer);
      if (text !== before) applied.add(`system.${normalizer}=alike`);
    }
    return text;
  };
  const messages = prompt.messages.map((message) => changeSystem(message, change));
  return applied.size === 0 ? { prompt, applied: [] } : { prompt: { ...prompt, messages }, applied: [...applied] };
}

function changeSystem(message: ChatMessage, change: (content: string) => string): ChatMessage {
  return message.role === 'system' ? { ...message, content: change(message.content) } : message;
}

/** The normalisers that a client's rules name for a model, in the order they are applied. */
export function chooseNormalizers(
  rules: readonly NormalizerRule[],
  { client, model }: { client: string; model: string },
): PromptNormalizer[] {
  const chosen = rules.filter((rule) => rule.client === client && (rule.model === null || rule.model === model));
  return promptNormalizers.filter((normalizer) => chosen.some((rule) => rule.normalizer === normalizer));
}
