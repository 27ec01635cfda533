import { z } from 'zod';

/** Kinds of values that change between prompts which are the same otherwise, and that a rule can write alike. */
export const promptNormalizerSchema = z.enum(['times', 'dates', 'uuids', 'hex-ids', 'long-numbers']);
export type PromptNormalizer = z.infer<typeof promptNormalizerSchema>;

/** The user's word that a client's system messages are written alike in one respect. */
export const normalizerRuleSchema = z.strictObject({
  /** As the cache report names it; empty for clients that give no name. */
  client: z.string(),
  /** Wire id; null: whichever model answers. */
  model: z.string().nullable(),
  normalizer: promptNormalizerSchema,
});
export type NormalizerRule = z.infer<typeof normalizerRuleSchema>;
