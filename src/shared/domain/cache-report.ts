import { z } from 'zod';
import { promptNormalizerSchema } from './prompt-normalizer.ts';

/**
 * A piece of text that differs from the request before and is followed by the same again: a date, a counter, an id.
 * Everything behind it had to be read anew.
 */
export const prefixBreakSchema = z.strictObject({
  /** Tokens before it. */
  position: z.int(),
  /** What stood there in the state at hand, and what the new prompt says. */
  before: z.string(),
  now: z.string(),
  /** Tokens behind it that are the same in both, read again all the same. */
  lostTokens: z.int(),
  /** A few words before and behind it, the same in both. */
  left: z.string(),
  right: z.string(),
});
export type PrefixBreak = z.infer<typeof prefixBreakSchema>;

/** Where the state of a prompt's beginning came from. */
export const promptReuseSchema = z.strictObject({
  /** Of the reused tokens, those brought in from memory or disk. */
  restoredTokens: z.int(),
  break: prefixBreakSchema.optional(),
});
export type PromptReuse = z.infer<typeof promptReuseSchema>;

/** One break as the doctor remembers it. */
export const observedBreakSchema = prefixBreakSchema.extend({
  /** ISO time. */
  at: z.string(),
  /** Time it cost, in ms, at the speed of that very prompt. */
  costMs: z.number(),
  /** Switching these on for the client would have kept the beginning; empty when none of them would. */
  proposed: z.array(promptNormalizerSchema),
});

/** What one client's requests to one model reused and read again since the start. */
export const cacheUseSchema = z.strictObject({
  /** The client's own name from its User-Agent; empty where it gives none. */
  client: z.string(),
  model: z.string(),
  requests: z.int(),
  promptTokens: z.int(),
  reusedTokens: z.int(),
  /** Of the reused ones. */
  restoredTokens: z.int(),
  /** Tokens that would not have been read again without the breaks. */
  lostTokens: z.int(),
  lostMs: z.number(),
  /** The latest ones, newest first. */
  breaks: z.array(observedBreakSchema),
  /** Switched on for this client and model. */
  normalizers: z.array(promptNormalizerSchema),
});
export type CacheUse = z.infer<typeof cacheUseSchema>;

export const cacheReportSchema = z.strictObject({
  uses: z.array(cacheUseSchema),
  /** Key/value state kept on disk, all models together. */
  disk: z.strictObject({ files: z.int(), bytes: z.number() }),
});
export type CacheReport = z.infer<typeof cacheReportSchema>;
