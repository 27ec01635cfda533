import { z } from 'zod';
import { promptReuseSchema } from './cache-report.ts';
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
  /** A gap in a text, told to the model in the tokens it has for that. Words that look like tokens stay words. */
  z.strictObject({
    type: z.literal('infill'),
    prefix: z.string(),
    suffix: z.string(),
    /** What stands between prefix and gap: tokenised apart, so that the tokens before stay the same while it grows. */
    lead: z.string().optional(),
    /** Other files that belong to the text, in the order they are read. */
    files: z.array(z.strictObject({ name: z.string(), text: z.string() })).optional(),
  }),
  /** Token ids of this model, used as they are. */
  z.strictObject({ type: z.literal('tokens'), tokens: z.array(z.int().nonnegative()) }),
]);
export type Prompt = z.infer<typeof promptSchema>;

/** The stages that narrow the candidates, by llama.cpp's names. */
export const samplerStageSchema = z.enum([
  'penalties',
  'dry',
  'top_n_sigma',
  'top_k',
  'typ_p',
  'top_p',
  'min_p',
  'xtc',
  'temperature',
]);
export type SamplerStage = z.infer<typeof samplerStageSchema>;

/** Added to the score of a token, given by id or as text of which every token is meant; null: never chosen. */
export const logitBiasSchema = z.strictObject({
  token: z.union([z.int().nonnegative(), z.string()]),
  bias: z.number().nullable(),
});
export type LogitBias = z.infer<typeof logitBiasSchema>;

/** How the next token is chosen. Every field is resolved before it reaches an engine (decision: sampling defaults). */
export const samplingSchema = z.strictObject({
  /** 0 is greedy. */
  temperature: z.number().min(0).max(100),
  /** The temperature moves by so much around its value with the certainty of the model; 0 is off. */
  dynamicTemperatureRange: z.number().min(0).max(100),
  dynamicTemperatureExponent: z.number().min(0).max(100),
  /** 0 is off. */
  topK: z.int().min(0),
  /** 1 is off. */
  topP: z.number().min(0).max(1),
  /** 0 is off. */
  minP: z.number().min(0).max(1),
  /** 1 is off. */
  typicalP: z.number().min(0).max(1),
  /** Candidates within so many standard deviations of the best score; -1 is off. */
  topNSigma: z.number().min(-1).max(1000),
  /** Chance to drop all likely candidates but the least likely of them; 0 is off. */
  xtcProbability: z.number().min(0).max(1),
  /** What counts as likely; above 0.5 is off. */
  xtcThreshold: z.number().min(0).max(1),
  /** Candidates that every narrowing stage leaves; 0 is none. */
  minKeep: z.int().min(0),
  /** 1 is off. Multiplicative, over the last `repeatLastN` tokens. */
  repeatPenalty: z.number().gt(0),
  /** How many of the last tokens the three penalties look at; 0 is off, -1 the whole context. */
  repeatLastN: z.int().min(-1),
  /** OpenAI's additive penalties, -2 to 2. */
  frequencyPenalty: z.number().min(-2).max(2),
  presencePenalty: z.number().min(-2).max(2),
  /** Penalty on tokens that would extend a repeated passage; 0 is off. */
  dryMultiplier: z.number().min(0).max(100),
  dryBase: z.number().min(0).max(100),
  dryAllowedLength: z.int().min(0),
  /** How many of the last tokens are searched for repeats; 0 is off, -1 the whole context. */
  dryPenaltyLastN: z.int().min(-1),
  /** Texts at which a repeated passage ends. */
  drySequenceBreakers: z.array(z.string().min(1)).max(64),
  /** 0 is off; 1 or 2 replace all narrowing stages but the temperature. */
  mirostat: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  mirostatTau: z.number().min(0).max(1000),
  mirostatEta: z.number().min(0).max(1000),
  /** The stages in the order they act; one that is missing does not act. */
  stages: z.array(samplerStageSchema).max(32),
  logitBias: z.array(logitBiasSchema).max(200_000),
  /** Absent: a random seed is drawn and reported in the `start` event. */
  seed: z.int().min(0).max(0xffff_ffff).optional(),
});
export type Sampling = z.infer<typeof samplingSchema>;

export const defaultSampling: Sampling = {
  temperature: 0.8,
  dynamicTemperatureRange: 0,
  dynamicTemperatureExponent: 1,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  typicalP: 1,
  topNSigma: -1,
  xtcProbability: 0,
  xtcThreshold: 0.1,
  minKeep: 0,
  repeatPenalty: 1,
  repeatLastN: 64,
  frequencyPenalty: 0,
  presencePenalty: 0,
  dryMultiplier: 0,
  dryBase: 1.75,
  dryAllowedLength: 2,
  dryPenaltyLastN: -1,
  drySequenceBreakers: ['\n', ':', '"', '*'],
  mirostat: 0,
  mirostatTau: 5,
  mirostatEta: 0.1,
  stages: [...samplerStageSchema.options],
  logitBias: [],
};

/** What the answer has to be, enforced while it is written. */
export const outputFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  /** Any JSON object. */
  z.strictObject({ type: z.literal('json-object') }),
  z.strictObject({ type: z.literal('json-schema'), schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]) }),
  /** Text that llama.cpp's grammar notation admits. */
  z.strictObject({ type: z.literal('grammar'), grammar: z.string().min(1) }),
]);
export type OutputFormat = z.infer<typeof outputFormatSchema>;

/** Which of the offered tools an answer may or must call; `named` binds it to one of these. */
export const toolChoiceSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto') }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('required') }),
  z.strictObject({ type: z.literal('named'), names: z.array(z.string()).min(1) }),
]);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** How much a reasoning model may think before it answers. */
export const reasoningOptionsSchema = z.strictObject({
  /** False asks the template to leave thinking out. */
  isEnabled: z.boolean().optional(),
  effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  /** Tokens of thinking; then the block is closed. 0 closes it at once. */
  budgetTokens: z.int().min(0).optional(),
});
export type ReasoningOptions = z.infer<typeof reasoningOptionsSchema>;

/** How strongly adapters of the loaded model act; 0 is not at all. */
export const adapterChoicesSchema = z
  .array(z.strictObject({ id: z.int().min(0), scale: z.number().min(-100).max(100) }))
  .max(64);

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
  /** Absent: text. */
  output: outputFormatSchema.optional(),
  /** Absent: `auto` where tools are offered. */
  toolChoice: toolChoiceSchema.optional(),
  /** False: at most one call in an answer. Default: true, but false for a named choice. */
  parallelToolCalls: z.boolean().optional(),
  reasoning: reasoningOptionsSchema.optional(),
  /** Report the probability of each token, and of so many of the likeliest in its place. Absent: none. */
  tokenProbabilities: z.int().min(0).max(1000).optional(),
  /** The same for the prompt's own tokens, in `prompt-probabilities`. Absent: none. */
  promptProbabilities: z.int().min(0).max(1000).optional(),
  /** LoRA adapters that act on this request, by their id; others do not. Absent: those of the load. */
  adapters: adapterChoicesSchema.optional(),
  /** How long the model stays loaded after this request, in ms; -1 for ever, 0 unloads at once. */
  keepAliveMs: z.int().min(-1).optional(),
  /** Tokens the model's context should hold at least: an idle model with less is loaded again with more. */
  minimumContextSize: z.int().min(1).optional(),
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
  /** Tokens that were guessed, and those of them that were right. Absent: none were guessed. */
  draftedTokens: z.int().optional(),
  rightTokens: z.int().optional(),
});
export type Timings = z.infer<typeof timingsSchema>;

export const finishReasonSchema = z.enum(['stop', 'length', 'tool-calls', 'content-filter', 'cancelled']);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** One token of the model's own distribution, before any sampling stage. */
const ratedTokenSchema = z.strictObject({
  token: z.int(),
  /** The token's bytes; they may be part of a code point. */
  bytes: z.array(z.int()),
  /** Natural logarithm of its probability. */
  logprob: z.number(),
});
export const tokenProbabilitySchema = ratedTokenSchema.extend({
  /** The likeliest tokens of this place, best first. */
  top: z.array(ratedTokenSchema),
});
export type TokenProbability = z.infer<typeof tokenProbabilitySchema>;

/**
 * What an engine yields, in this order: one `start`, any `prefill-progress`, at most one `prompt-probabilities`, any
 * deltas and tool calls, one `finish`.
 */
export const generationEventSchema = z.discriminatedUnion('type', [
  /** Tokenised, checked against the context, accepted: nothing after this can be a fault of the request. */
  z.strictObject({
    type: z.literal('start'),
    model: z.string(),
    promptTokens: z.int(),
    contextSize: z.int(),
    seed: z.int(),
    /** Places in the request's schemas that bind nothing: unknown keywords, and what a family's calls cannot enforce. */
    unenforced: z.array(z.string()).optional(),
  }),
  z.strictObject({
    type: z.literal('prefill-progress'),
    processedTokens: z.int(),
    totalTokens: z.int(),
    cachedTokens: z.int(),
  }),
  /** `text` is whole code points and never part of a stop text; `tokens` are the ids it was decoded from. */
  z.strictObject({
    type: z.literal('text-delta'),
    text: z.string(),
    tokens: z.array(z.int()),
    /** One for each of `tokens`, where the request asks for them. */
    probabilities: z.array(tokenProbabilitySchema).optional(),
  }),
  /** Thinking, kept apart from the answer; its markers are not part of it. */
  z.strictObject({ type: z.literal('reasoning-delta'), text: z.string(), tokens: z.array(z.int()) }),
  /** A call begins; calls are numbered from 0 and do not overlap. */
  z.strictObject({
    type: z.literal('tool-call-start'),
    index: z.int(),
    id: z.string(),
    name: z.string(),
    tokens: z.array(z.int()).optional(),
  }),
  /** A piece of the arguments' JSON text. */
  z.strictObject({
    type: z.literal('tool-call-delta'),
    index: z.int(),
    arguments: z.string(),
    tokens: z.array(z.int()).optional(),
  }),
  /** The arguments are complete. Missing when the answer was cut off inside a call. */
  z.strictObject({ type: z.literal('tool-call-end'), index: z.int(), tokens: z.array(z.int()).optional() }),
  /** For each token of the prompt after the first. */
  z.strictObject({ type: z.literal('prompt-probabilities'), probabilities: z.array(tokenProbabilitySchema) }),
  z.strictObject({
    type: z.literal('finish'),
    reason: finishReasonSchema,
    /** What ended it in the engine's words: `eog`, `stop-text`, `max-tokens`, `context-full`, `grammar-end`, `aborted`. */
    rawReason: z.string(),
    /** The stop text that ended the answer, if one did. */
    stopText: z.string().optional(),
    usage: usageSchema,
    timings: timingsSchema,
    /** Absent: the engine does not tell. */
    reuse: promptReuseSchema.optional(),
  }),
]);
export type GenerationEvent = z.infer<typeof generationEventSchema>;
