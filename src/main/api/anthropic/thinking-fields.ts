import { z } from 'zod';
import type { ReasoningOptions } from '#shared/domain/generation.ts';
import { withoutUndefined } from '../without-undefined.ts';

/** Whether and how much the model thinks before it answers. */
export const thinkingFields = {
  thinking: z
    .object({
      type: z.enum(['enabled', 'disabled', 'adaptive', 'between_tools']),
      budget_tokens: z.int().min(0).max(100_000_000).nullish(),
      display: z.enum(['summarized', 'omitted']).nullish(),
    })
    .optional(),
} as const;

export const effortSchema = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export type WireEffort = z.infer<typeof effortSchema>;

/** Templates know no more. */
const mostEffort = 'xhigh';

/** What of an effort was not taken as it was sent. */
export function findAppliedEffort(effort: WireEffort | null | undefined): string[] {
  return effort === 'max' ? [`output_config.effort=${mostEffort}`] : [];
}

type ThinkingFields = z.infer<z.ZodObject<typeof thinkingFields>>;

/**
 * Without a word about it nothing is thought: clients of this API read the answer from the first block. `between_tools`
 * is thinking turned off, too; what a model says before a call is text here.
 */
export function decodeThinking({ thinking }: ThinkingFields, effort: WireEffort | undefined): ReasoningOptions {
  const isEnabled = thinking?.type === 'enabled' || thinking?.type === 'adaptive';
  return withoutUndefined({
    isEnabled,
    effort: effort === 'max' ? mostEffort : effort,
    budgetTokens: thinking?.type === 'enabled' ? (thinking.budget_tokens ?? undefined) : undefined,
  });
}

/** False: thinking is told by an empty block. */
export function showsThinking({ thinking }: ThinkingFields): boolean {
  return thinking?.display !== 'omitted';
}
