import { z } from 'zod';
import { chatMessageSchema, toolSchema } from './chat.ts';

/** What the model is asked to continue. */
export const promptSchema = z.discriminatedUnion('type', [
  /** Messages, rendered by the model's own chat template. */
  z.strictObject({
    type: z.literal('chat'),
    messages: z.array(chatMessageSchema),
    tools: z.array(toolSchema).optional(),
    /** Extra variables for the template, for example `enable_thinking`. */
    templateArguments: z.record(z.string(), z.unknown()).optional(),
  }),
  /** Raw text; special tokens inside it are parsed. */
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  /** Token ids of this model, used as they are. */
  z.strictObject({ type: z.literal('tokens'), tokens: z.array(z.int().nonnegative()) }),
]);
export type Prompt = z.infer<typeof promptSchema>;

/** How the next token is chosen. Every field is resolved before it reaches an engine (decision: sampling defaults). */
export const samplingSchema = z.strictObject({
  /** 0 is greedy. */
  temperature: z.number().min(0).max(100),
  /** 0 is off. */
  topK: z.int().min(0),
  /** 1 is off. */
  topP: z.number().min(0).max(1),
  /** 0 is off. */
  minP: z.number().min(0).max(1),
  /** 1 is off. Multiplicative, over the last `repeatLastN` tokens. */
  repeatPenalty: z.number().min(0),
  /** How many of the last tokens the three penalties look at; 0 is off, -1 the whole context. */
  repeatLastN: z.int().min(-1),
  /** OpenAI's additive penalties, -2 to 2. */
  frequencyPenalty: z.number().min(-2).max(2),
  presencePenalty: z.number().min(-2).max(2),
  /** Absent: a random seed is drawn and reported in the `start` event. */
  seed: z.int().min(0).max(0xffff_ffff).optional(),
});
export type Sampling = z.infer<typeof samplingSchema>;

export const defaultSampling: Sampling = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  repeatPenalty: 1,
  repeatLastN: 64,
  frequencyPenalty: 0,
  presencePenalty: 0,
};

/** A request as every dialect, the UI and the CLI make it. Absent fields take the model's or Impetus' defaults. */
export const generationRequestSchema = z.strictObject({
  /** Wire id, alias or path; absent means the default model. */
  model: z.string().optional(),
  prompt: promptSchema,
  sampling: samplingSchema.partial(),
  /** Limit of generated tokens; absent means whatever the context still holds. 0 evaluates the prompt only. */
  maxTokens: z.int().min(0).optional(),
  stops: z.array(z.string().min(1)),
  ignoreEndOfGeneration: z.boolean().optional(),
  /** How long the model stays loaded after this request, in ms; -1 for ever, 0 unloads at once. */
  keepAliveMs: z.int().min(-1).optional(),
});
export type GenerationRequest = z.infer<typeof generationRequestSchema>;

export const usageSchema = z.strictObject({
  promptTokens: z.int(),
  /** Prompt tokens whose key/value state was reused instead of computed. */
  cachedTokens: z.int(),
  completionTokens: z.int(),
});
export type Usage = z.infer<typeof usageSchema>;

export const timingsSchema = z.strictObject({
  /** From arrival at the engine to the first batch that held a token of this request, in ms. */
  queueMs: z.number(),
  prefillMs: z.number(),
  decodeMs: z.number(),
});
export type Timings = z.infer<typeof timingsSchema>;

export const finishReasonSchema = z.enum(['stop', 'length', 'tool-calls', 'content-filter', 'cancelled']);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** What an engine yields, in this order: one `start`, any `prefill-progress`, any `text-delta`, one `finish`. */
export const generationEventSchema = z.discriminatedUnion('type', [
  /** Tokenised, checked against the context, accepted: nothing after this can be a fault of the request. */
  z.strictObject({
    type: z.literal('start'),
    model: z.string(),
    promptTokens: z.int(),
    contextSize: z.int(),
    seed: z.int(),
  }),
  z.strictObject({
    type: z.literal('prefill-progress'),
    processedTokens: z.int(),
    totalTokens: z.int(),
    cachedTokens: z.int(),
  }),
  /** `text` is whole code points and never part of a stop text; `tokens` are the ids it was decoded from. */
  z.strictObject({ type: z.literal('text-delta'), text: z.string(), tokens: z.array(z.int()) }),
  z.strictObject({
    type: z.literal('finish'),
    reason: finishReasonSchema,
    /** What ended it in the engine's words: `eog`, `stop-text`, `max-tokens`, `context-full`, `aborted`. */
    rawReason: z.string(),
    /** The stop text that ended the answer, if one did. */
    stopText: z.string().optional(),
    usage: usageSchema,
    timings: timingsSchema,
  }),
]);
export type GenerationEvent = z.infer<typeof generationEventSchema>;
